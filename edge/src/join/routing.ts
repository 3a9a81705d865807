import type { Journal } from '@selvedge/journal';
import { shapes } from '@selvedge/protocol';
import type { EdgeConfig } from '../config.ts';
import { type Books, books as booksOf } from '../engines/fold/books.ts';
import { clearColumns, emptyColumns, rowValues } from '../engines/intake/columns.ts';
import type { DeviceTable } from '../engines/intake/devices.ts';
import { readRow } from '../engines/intake/read-row.ts';
import { loadMeter } from '../engines/route/load.ts';
import type { LinkView } from '../engines/route/policy.ts';
import { type Router, router as routerOf } from '../engines/route/router.ts';
import type { EdgeWorld, RouteExplanation } from '../ports.ts';
import type { CommandRoom } from './commands.ts';

/** What decides which readings leave the site, and what keeps the books of all of them. */
export interface RoutingRoom {
  /** Undefined where there are no policies: then every reading is sent as it comes. */
  readonly router: Router | undefined;
  readonly books: Books;
  /** Looks at the link and the load; to be called every second. */
  readonly tick: () => void;
  readonly explain: (device: string) => RouteExplanation;
  readonly metrics: () => string;
}

export interface RoutingParts {
  readonly journal: Journal;
  readonly devices: DeviceTable;
  readonly commands: CommandRoom;
  readonly nudge: () => void;
  readonly link: () => LinkView;
}

/** Joins the policies with the intake's device table, and the books with the journal. */
export function joinRouting(config: EdgeConfig, { clock, log }: EdgeWorld, parts: RoutingParts): RoutingRoom {
  const { journal, devices, nudge } = parts;
  const { writer } = parts.commands;
  const { idOf } = devices;
  const policies = { policies: config.routes, idOf, now: clock.ticks() };
  const router = config.routes.length > 0 ? routerOf(policies) : undefined;
  const load = loadMeter(clock.ticks());
  const table = shapes();
  const books = booksOf({
    journal,
    log,
    devices,
    emptyColumns,
    clearColumns,
    valuesOf: rowValues,
    decode: (columns, body, start, end, offset) => readRow(columns, devices, table, body, start, end, offset),
    treat: router && ((columns, row) => router.treat(columns.device[row]!, columns.shape[row]!)),
    write: (records, durable) =>
      writer.write(records, () => {
        durable();
        nudge();
      }),
    idle: () => writer.idle,
    period: config.window.period,
    now: clock.wall(),
  });
  writer.onIdle(() => books.settle());
  const inputs = () => ({ ...parts.link(), load: load.value });
  return {
    router,
    books,
    metrics: () => books.metrics() + (router?.metrics() ?? ''),
    tick() {
      load.tick(clock.ticks());
      router?.tick(inputs(), clock.ticks());
    },
    explain: (device) => (router ?? routerOf(policies)).explain(device, { wall: clock.wall(), ticks: clock.ticks() }),
  };
}
