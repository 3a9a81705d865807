import { Buffer } from 'node:buffer';
import type { Snapshots } from '../../ports.ts';

/** The filters that a session was subscribed to last, so that those which no rule wants any more can be given up. */
export interface Subscribed {
  read(): Promise<readonly string[]>;
  write(filters: readonly string[]): Promise<void>;
}

export function subscribed(snapshots: Snapshots, bridge: string, session: 'in' | 'out'): Subscribed {
  const name = `bridge-${bridge}-${session}`;
  let known: string | undefined;
  return {
    async read() {
      const bytes = await snapshots.read(name);
      known = bytes?.toString('utf8') ?? '[]';
      return JSON.parse(known) as readonly string[];
    },
    async write(filters) {
      const text = JSON.stringify(filters);
      if (text === known) return;
      await snapshots.write(name, Buffer.from(text, 'utf8'));
      known = text;
    },
  };
}
