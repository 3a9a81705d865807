/**
 * A broker that loses nothing it has acknowledged, whenever its process is killed:
 *
 *   node examples/broker.ts --port 1883 --data ./broker --allow-anonymous
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { systemDisk } from '@selvedge/journal/disk';
import { jsonLog, seconds } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { durableBroker, simpleAccess } from '@selvedge/mqtt';

const { values: given } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '1883' },
    data: { type: 'string', default: './broker' },
    /** The largest packet in bytes, up to 268435460; what is large lies on the disk, not in memory. */
    'packet-size-max': { type: 'string', default: '1048576' },
    /** Bytes of disk for that. */
    'spool-max': { type: 'string', default: '4294967296' },
    'allow-anonymous': { type: 'boolean', default: false },
    /** A file of lines `name:password`. */
    passwords: { type: 'string' },
    /** Seconds: version 5 clients are told to be heard from that often, so that one lost without a word is noticed. */
    'keep-alive': { type: 'string', default: '60' },
    /** A filter that nobody may subscribe to, and the code for its SUBACK: `secret/#` or `secret/#=128`. */
    'deny-subscribe': { type: 'string', multiple: true, default: [] },
  },
});

const lines = given.passwords === undefined ? [] : readFileSync(given.passwords, 'utf8').split('\n').filter(Boolean);
const cut = (text: string, at: number): [string, string] => [text.slice(0, at), text.slice(at + 1)];
const users = new Map(lines.map((line) => cut(line, line.indexOf(':'))));
const denied = new Map(
  given['deny-subscribe'].map((text): [string, number] => {
    const [filter, code] = /=\d+$/.test(text) ? cut(text, text.lastIndexOf('=')) : [text, '135'];
    return [filter, Number(code)];
  }),
);

const broker = durableBroker(
  {
    data: given.data,
    spoolMax: Number(given['spool-max']),
    listeners: [{ transport: 'tcp', host: given.host, port: Number(given.port) }],
    limits: { packetSizeMax: Number(given['packet-size-max']), keepAliveMax: seconds(Number(given['keep-alive'])) },
  },
  {
    clock: systemClock,
    random: systemRandom,
    entropy: systemEntropy,
    disk: systemDisk,
    log: jsonLog((line) => process.stderr.write(line), systemClock),
    access: simpleAccess({ anonymous: given['allow-anonymous'], users, denied }),
  },
);
await broker.start(new AbortController().signal);
process.stdout.write(`listening at port ${broker.listening[0]!.port}\n`);
process.send?.({ ready: true, port: broker.listening[0]!.port });
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void broker.stop().then(() => process.connected && process.disconnect()));
}
