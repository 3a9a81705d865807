import type { Disk } from '@selvedge/journal';
import { type Entropy, stack } from '@selvedge/kernel';
import { journalSessions } from './adapters/journal/sessions.ts';
import { type Broker, type BrokerWorld, broker } from './broker.ts';
import type { BrokerOptions } from './config.ts';

export interface DurableBrokerOptions extends BrokerOptions {
  /** Folder of the sessions, wills and retained messages; created if absent. */
  readonly data: string;
}

export interface DurableBrokerWorld extends Omit<BrokerWorld, 'sessions'> {
  readonly disk: Disk;
  readonly entropy: Entropy;
}

/**
 * A broker that loses nothing it has acknowledged, whenever its process is killed. Throws what `broker` and
 * `journalSessions` throw.
 */
export function durableBroker({ data, ...options }: DurableBrokerOptions, world: DurableBrokerWorld): Broker {
  const { clock, disk, entropy, log } = world;
  const store = journalSessions({ dir: data }, { clock, disk, entropy, log });
  const one = broker(options, { ...world, sessions: store });
  return { ...one, ...stack(store, one) };
}
