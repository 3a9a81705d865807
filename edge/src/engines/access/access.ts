import { type Clock, defineMetrics, type Entropy, type Log, type Service, service } from '@selvedge/kernel';
import { accessMetrics } from '../../metrics.ts';
import type { CredentialStore } from '../../ports.ts';
import { type CredentialDesk, credentialDesk } from './desk.ts';
import { type GateOptions, gate, type KeptGate } from './gate.ts';
import { type Passwords, passwords } from './passwords.ts';
import { throttle } from './throttle.ts';

export interface AccessWorld {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly store: CredentialStore;
  /** SHA-256 of the operator's token. */
  readonly operatorToken: () => Promise<Uint8Array>;
}

/** Who may come in and what they may do. To be started before the doors; `resume` after them. */
export interface NodeAccess {
  readonly gate: KeptGate;
  readonly desk: CredentialDesk;
  readonly opening: Service;
  readonly resuming: Service;
  readonly metrics: () => string;
}

/** Joins gate and credentials of one node. */
export function nodeAccess(options: GateOptions, world: AccessWorld): NodeAccess {
  const metrics = defineMetrics(accessMetrics);
  const hashing: Passwords = passwords(world.entropy);
  const { admissions } = metrics;
  const one = gate(options, { ...world, passwords: hashing, throttle: throttle(), admissions });
  const desk = credentialDesk({ ...world, passwords: hashing, gate: one, certificates: options.certificates });
  return {
    gate: one,
    desk,
    opening: service({
      async start() {
        one.operatorToken = await world.operatorToken();
        await desk.open();
      },
      stop: () => undefined,
    }),
    resuming: service({ start: () => desk.resume(), stop: () => undefined }),
    metrics: () => metrics.expose(),
  };
}
