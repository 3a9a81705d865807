/**
 * One device as a process: reports numbered readings and prints the number of each that was acknowledged, until its stdin
 * ends; then it waits until its outbox is empty. The argument is its order as JSON.
 */
import { type DeviceOptions, device } from '@selvedge/device';
import { seconds } from '@selvedge/kernel';

export interface DeviceOrder extends Pick<DeviceOptions, 'id' | 'url' | 'username' | 'password' | 'dir'> {
  /** Number of the first reading; those of different lives differ. */
  readonly first: number;
  /** Milliseconds between readings. */
  readonly every: number;
}

const { first, every, ...options } = JSON.parse(process.argv[2]!) as DeviceOrder;
const one = device({ ...options, retry: { min: seconds(0.2), max: seconds(3) } });
await one.connect();
let next = first;
const timer = setInterval(() => {
  const n = next++;
  one.report({ n }).then(
    () => process.stdout.write(`${n}\n`),
    (cause: Error) => process.stderr.write(`${n} was refused: ${cause.message}\n`),
  );
}, every);
process.stdin.resume().once('end', () => {
  clearInterval(timer);
  const empty = setInterval(async () => {
    if (one.status().outbox.pending > 0) return;
    clearInterval(empty);
    await one.stop();
  }, 100);
});
