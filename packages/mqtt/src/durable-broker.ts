import { join } from 'node:path';
import type { Disk } from '@selvedge/journal';
import { type Entropy, stack } from '@selvedge/kernel';
import { diskSpool } from './adapters/disk/spool.ts';
import { journalSessions } from './adapters/journal/sessions.ts';
import { type Broker, type BrokerWorld, broker } from './broker.ts';
import type { BrokerOptions } from './config.ts';

export interface DurableBrokerOptions extends BrokerOptions {
  /** Folder of the sessions, wills and retained messages, and of `spool` below it; created if absent. */
  readonly data: string;
  /** Bytes of all large payloads on the disk; 4 GiB unless told. */
  readonly spoolMax?: number;
}

export interface DurableBrokerWorld extends Omit<BrokerWorld, 'sessions' | 'spool'> {
  readonly disk: Disk;
  readonly entropy: Entropy;
}

/**
 * A broker that loses nothing it has acknowledged, whenever its process is killed. Throws what `broker`,
 * `journalSessions` and `diskSpool` throw.
 */
export function durableBroker({ data, spoolMax, ...options }: DurableBrokerOptions, world: DurableBrokerWorld): Broker {
  const { clock, disk, entropy, log } = world;
  const store = journalSessions({ dir: data }, { clock, disk, entropy, log });
  const dir = join(data, 'spool');
  const spool = diskSpool(spoolMax === undefined ? { dir } : { dir, sizeMax: spoolMax }, { disk });
  const one = broker(options, { ...world, sessions: store, spool });
  return { ...one, ...stack(store, spool, one) };
}
