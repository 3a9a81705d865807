import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startMosquitto } from '../../../tools/world.ts';
import { start } from '../process.ts';

/** A broker under measurement. */
export interface Side {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<unknown>;
}

/** Ours alone, as the example of its package runs it: without rules, its sessions durable. */
async function startOurs(): Promise<Side> {
  const data = await mkdtemp(join(tmpdir(), 'selvedge-bench-'));
  const example = '../../packages/mqtt/examples/broker.ts';
  const running = await start(example, ['--port', '0', '--data', data, '--allow-anonymous']);
  return {
    port: running.ready['port'] as number,
    pid: running.pid,
    async stop() {
      await running.stop();
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** In the order in which they take turns; Mosquitto as Debian installs it. */
export const sides = { ours: startOurs, mosquitto: (): Promise<Side> => startMosquitto() } as const;

export type SideName = keyof typeof sides;

const ticksPerSecond = 100;

/** Processor time that a process has had, in seconds. */
export async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [, , , , , , , , , , , user, system] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(user) + Number(system)) / ticksPerSecond;
}
