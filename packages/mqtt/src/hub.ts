import type { Clock, Log, Random } from '@selvedge/kernel';
import type { Limits } from './config.ts';
import type { Arrivals } from './connection/arrivals.ts';
import type { Assembly } from './connection/assembly.ts';
import type { Connections } from './connection/connections.ts';
import type { Flusher } from './connection/flusher.ts';
import type { Shares } from './connection/shares.ts';
import type { Turn } from './connection/turn.ts';
import type { Events } from './events.ts';
import { Acknowledgement } from './packets/acknowledgement.ts';
import { PublishHead } from './packets/publish.ts';
import type { Access, IncomingPublish, Intake, SessionStore } from './ports.ts';
import type { Router } from './router/router.ts';
import type { Topics } from './router/topics.ts';
import type { Keeper } from './session/keeper.ts';
import type { Sessions } from './session/sessions.ts';
import type { Spooler } from './spool/spooler.ts';
import type { Tally } from './tally.ts';

/** What the parts of one broker share. */
export interface Hub {
  readonly limits: Limits;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly intake: Intake | undefined;
  readonly access: Access | undefined;
  readonly store: SessionStore | undefined;
  readonly keeper: Keeper;
  readonly tally: Tally;
  readonly events: Events;
  readonly topics: Topics;
  readonly router: Router;
  readonly sessions: Sessions;
  readonly arrivals: Arrivals;
  readonly connections: Connections;
  readonly shares: Shares;
  readonly assembly: Assembly;
  readonly spooler: Spooler | undefined;
  readonly flusher: Flusher;
  readonly turn: Turn;
  readonly scratch: Scratch;
  /** Wall time minus clock ticks, in milliseconds. */
  wallOffset(): number;
}

/** Filled again for each packet of every connection; nobody keeps them beyond the call. */
export interface Scratch {
  readonly head: PublishHead;
  readonly acknowledgement: Acknowledgement;
  readonly incoming: IncomingPublish;
}

export const scratch = (): Scratch => ({
  head: new PublishHead(),
  acknowledgement: new Acknowledgement(),
  incoming: {
    topic: '',
    bytes: Buffer.alloc(0),
    start: 0,
    end: 0,
    qos: 0,
    retain: false,
    duplicate: false,
    packetId: 0,
    sequence: 0,
    properties: undefined,
    spooled: undefined,
  },
});

/** Runs `task` once the store has kept everything told so far: at once where nothing has to be waited for. */
export function whenKept(hub: Hub, task: () => void, failed: (cause: unknown) => void): void {
  const kept = hub.store?.commit();
  if (kept) kept.then(task, failed);
  else task();
}
