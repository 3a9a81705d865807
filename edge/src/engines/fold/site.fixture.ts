import { type Journal, journal as journalOf, visitRecords } from '@selvedge/journal';
import { days, hours, readConfig, service } from '@selvedge/kernel';
import {
  balance,
  classOf,
  decodeRecord,
  encodeReading,
  type Fold,
  type LedgerRows,
  lanes,
  localClass,
  type Reading,
  readReading,
  recordKind,
} from '@selvedge/protocol';
import { type SimulatedDisk, world as simulate, simulatedDisk } from '@selvedge/testkit';
import { diskSnapshots } from '../../adapters/disk/snapshots.ts';
import { edgeConfig } from '../../config.ts';
import { type EdgeNode, edgeNode } from '../../node.ts';
import { type Intake, type LastReadings, type OutletMessage, verdict } from '../../ports.ts';

/** One reading or record of the journal, as it lies there. */
export type Lying =
  | { readonly kind: 'reading'; readonly klass: number; readonly offset: number; readonly body: Reading }
  | { readonly kind: string; readonly klass: number; readonly offset: number; readonly body: unknown };

export interface BooksSite {
  readonly disk: SimulatedDisk;
  readonly node: EdgeNode;
  readonly heard: readonly OutletMessage[];
  readonly latest: LastReadings;
  run(milliseconds: number): Promise<void>;
  boot(routes?: unknown): Promise<void>;
  /** Writes a journal as a node did before there was a class for what stays here: one reading of each device. */
  writeOld(...devices: readonly string[]): Promise<void>;
  powerCut(): void;
  stop(): Promise<void>;
  /** `acknowledged`, `refused`, or `open` when nothing was said in time. */
  publish(device: string, values: object, wait?: number): Promise<string>;
  /** Everything in the journal, batch by batch. */
  records(): Promise<readonly Lying[]>;
  /** Holds the node's own books against its journal. */
  audit(): ReturnType<EdgeNode['audit']>;
}

/** A machine with a disk on which edge nodes with policies live and die. */
export function booksSite(seed: number, routes: unknown, settings: Readonly<Record<string, string>> = {}): BooksSite {
  const world = simulate(seed);
  const machine = world.machine('edge');
  const disk = simulatedDisk({ random: world.chance('disk'), clock: world.clock });
  const heard: OutletMessage[] = [];
  let intake: Intake;
  let latest: LastReadings;
  let node: EdgeNode;
  let now = 0;
  const run = async (milliseconds: number): Promise<void> => world.run((now += milliseconds));
  const settled = async <Value>(promise: Promise<Value>): Promise<Value> => {
    let isOver = false;
    const end = promise.finally(() => (isOver = true));
    end.catch(() => undefined);
    for (let waited = 0; waited < 20_000 && !isOver; waited += 5) await run(5);
    return end;
  };
  return {
    disk,
    heard,
    run,
    get node() {
      return node;
    },
    get latest() {
      return latest;
    },
    async boot(changed = routes) {
      const config = readConfig(edgeConfig, {
        prefix: 'EDGE',
        env: {},
        flags: { data: '/edge', 'link.url': '', ...settings, routes: JSON.stringify(changed) },
      });
      const life = machine.boot();
      const mounted = disk.mount();
      node = edgeNode(config, life, {
        disk: mounted,
        snapshots: diskSnapshots(mounted, '/edge/snapshots'),
        pack: (body) => ({ codec: 0, body }),
        transport: undefined,
        memoryBytes: () => 0,
        door(doors, _commands, readings) {
          intake = doors;
          latest = readings;
          const nothing = service({ start: () => undefined, stop: () => undefined });
          const publish = (message: OutletMessage) => {
            heard.push(message);
            return { matched: 1, acknowledged: new Promise<undefined>(() => undefined) };
          };
          return { ...nothing, publish, onSubscribed: () => undefined, clients: 0 };
        },
      });
      await settled(node.start(new AbortController().signal));
    },
    async writeOld(...devices) {
      const classes = lanes.slice(0, 4).map((name) => ({ name, bytesMax: 1e8, ageMax: days(30) }));
      const { sizeMax, segmentSize, keep } = { sizeMax: 8 * 2 ** 30, segmentSize: 16 * 2 ** 20, keep: hours(24) };
      const life = machine.boot();
      const options = { dir: '/edge/journal', classes, sizeMax, segmentSize, keep };
      const old = journalOf(options, { ...life, disk: disk.mount() });
      await settled(old.start(new AbortController().signal));
      for (const device of devices)
        old.append(
          classOf('reading'),
          encodeReading({ device, takenAt: 1, receivedAt: 1, boot: 1, seq: 0, values: { n: 0 }, quality: 0 }),
        );
      await settled(old.commit());
      await settled(old.stop());
      machine.cut();
    },
    powerCut() {
      machine.cut();
      disk.powerCut();
    },
    stop: () => settled(node.stop()),
    async publish(device, values, wait = 20) {
      const bytes = Buffer.from(JSON.stringify(values));
      let end = 'open';
      try {
        if (intake.take(`sensors/${device}/data`, bytes, 0, bytes.length) === verdict.refused) return 'refused';
      } catch {
        return 'refused';
      }
      intake.commit().then(
        () => (end = 'acknowledged'),
        () => (end = 'refused'),
      );
      await run(wait);
      return end;
    },
    records: () => settled(lyingIn(node.journal)),
    audit: () => settled(node.audit()),
  };
}

async function lyingIn(journal: Journal): Promise<readonly Lying[]> {
  const all: Lying[] = [];
  for await (const batch of journal.read(0)) {
    visitRecords(batch, (body, start, end, offset) => {
      if (body[start] === recordKind.reading) {
        const read = readReading(body, start, end);
        if (read.ok) all.push({ kind: 'reading', klass: batch.klass, offset, body: read.value });
      } else {
        const read = decodeRecord(body, start, end);
        if (read.ok) all.push({ klass: batch.klass, offset, ...read.value });
      }
    });
  }
  return all;
}

export const readingsOf = (all: readonly Lying[]) =>
  all.filter((one): one is Extract<Lying, { kind: 'reading' }> & { body: Reading } => one.kind === 'reading');

export const foldsOf = (all: readonly Lying[]): readonly Fold[] =>
  all.flatMap((one) => (one.kind === 'fold' ? [one.body as Fold] : []));

/** The books as the cloud can check them: what stayed at the site is known by its number alone. */
export function cloudBalance(all: readonly Lying[]) {
  const books = balance();
  for (const { kind, klass, offset, body } of all) {
    if (kind === 'reading' && klass === localClass) books.local(offset, 1);
    else if (kind === 'reading') books.reading(offset, (body as Reading).device, (body as Reading).quality);
    else if (kind === 'ledger') books.ledger(body as LedgerRows, offset);
    else if (kind === 'fold') books.fold(body as Fold, offset);
  }
  books.finish();
  return books;
}
