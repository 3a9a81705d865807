import { describeFailure, every, minutes, type Service, seconds, service, stack } from '@selvedge/kernel';
import type { CloudConfig } from './config.ts';
import { attempts } from './engines/admission/attempts.ts';
import { type FeedHub, feedHub } from './engines/feed/hub.ts';
import { intake as intakeOf } from './engines/ingest/intake.ts';
import { type Links, links as linksOf } from './engines/link/links.ts';
import { type Audit, audit as auditOf } from './engines/proof/run-audit.ts';
import { booksWatch } from './engines/proof/watch-books.ts';
import { retentionKeeper } from './engines/retention/keeper.ts';
import { type SagaRunner, sagaRunner } from './engines/saga/run-sagas.ts';
import { changedFrame, twinSync } from './engines/twin/sync.ts';
import { type CloudMetrics, cloudMetrics } from './metrics.ts';
import type { Attempts, CloudWorld, FeedSink, Intake, Store } from './ports.ts';

/** What the doors of a plane lead to. */
export interface Rooms {
  readonly store: Store;
  readonly links: Links;
  readonly hub: FeedHub;
  readonly metrics: CloudMetrics;
  readonly sagas: SagaRunner;
  /** Recomputes and compares both sides of every journal. */
  readonly audit: (since?: number) => Promise<Audit>;
  /** Failed sign-ins, and failed enrolments, by address. */
  readonly signIns: Attempts;
  readonly enrolments: Attempts;
}

/** What the plane is joined to: the outside technologies, or their simulations. */
export interface PlaneAdapters {
  /** Opens the store, which announces to `feed` what it has committed. */
  readonly store: (feed: FeedSink) => Store & Service;
  /** Opens the doors, which start last and stop first. Absent: whoever owns the plane connects nodes by `links.accept`. */
  readonly doors?: (rooms: Rooms) => Service;
}

/** The cloud without its process: everything that knows, stores and instructs. */
export interface Plane extends Service, Omit<Rooms, 'signIns' | 'enrolments'> {
  readonly intake: Intake;
}

/** Joins the parts of the cloud: store → feed and links → doors. */
export function plane(config: CloudConfig, world: CloudWorld, adapters: PlaneAdapters): Plane {
  const metrics = cloudMetrics();
  const hub = feedHub(config.feed, { ...world, metrics });
  const store = adapters.store(hub);
  const intake = intakeOf(store);
  const twins = (node: string) => twinSync(node, store.twins);
  const links = linksOf({ ...config.link, greetMax: seconds(10) }, { ...world, ...{ metrics, store, intake, twins } });
  const failures = () => attempts({ failuresMax: config.signIn.failuresMax, window: minutes(5), keysMax: 10_000 });
  const audit = (since?: number): Promise<Audit> => auditOf({ ...world, store, links }, since);
  const sagas = sagaRunner({ ...world, ...{ metrics, store, links, changedFrame }, sagas: store.sagas });
  const rooms = { store, links, hub, metrics, sagas, audit };
  const doors = adapters.doors?.({ ...rooms, signIns: failures(), enrolments: failures() });
  const services = [
    store,
    hub,
    links,
    commandExpiry(store, world),
    sagas,
    booksWatch({ ...world, ...rooms }),
    retentionKeeper(config.retention, { ...world, metrics, retention: store.retention }),
    ...(doors ? [doors] : []),
  ];
  return { ...stack(...services), ...rooms, intake };
}

/** Expires overdue commands every second. A store that fails is asked again, and has said so itself. */
function commandExpiry(store: Pick<Store, 'commands'>, { clock, log }: CloudWorld): Service {
  const ending = new AbortController();
  let running: Promise<void> | undefined;
  return service({
    start() {
      running = every(clock, seconds(1), ending.signal, async () => {
        try {
          await store.commands.expire(clock.wall());
        } catch (cause) {
          log.error('commands.expiry_failed', describeFailure(cause));
        }
      });
    },
    async stop() {
      ending.abort();
      await running;
    },
  });
}
