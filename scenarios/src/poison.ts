import { Buffer } from 'node:buffer';
import { zstdCompressSync } from 'node:zlib';
import type { LinkConnection } from '@selvedge/edge';
import {
  type BundleRun,
  decodeBatch,
  encodeBatch,
  encodeBundle,
  holdsInterval,
  type Interval,
} from '@selvedge/protocol';
import type { Violation } from '@selvedge/testkit';
import { between, coin, oneOf, whole } from './cast/chance.ts';
import type { EdgeActor } from './cast/edge.ts';
import { readingsIn } from './cast/journal-records.ts';
import { openSite, type Site } from './cast/site.ts';
import { intervalOf, isType, shipmentReader, tapped } from './cast/tap.ts';
import type { Known, Reckoning } from './cast/verdict.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const second = 1_000;

/** A journal that keeps all, so that what was set aside can be told. */
const settings = { 'journal.keep': '1h' };

/** What the story has spoiled. */
interface Spoiled {
  /** Offsets whose batches never come through as they were. */
  readonly offsets: number[];
  /** Offsets of records that are none. */
  readonly records: number[];
}

/**
 * Something that can never be taken stands in the line: batches that are other than their hash says, each time they are
 * sent, and records that are none. Each is set aside with its reason, and nothing waits behind it.
 */
export const poison: Story = {
  name: 'poison',
  about: 'batches that never come through and records that are none: set aside by name, nothing waits behind them',
  tell(seed, defect) {
    const duration = 40 * second;
    const site = openSite({
      seed,
      defect,
      edges: 1,
      devicesPerEdge: 2,
      duration,
      period: 3_600,
      commands: 1,
      settings,
    });
    const { random } = site;
    const edge = site.edges[0]!;
    const spoiled: Spoiled = { offsets: [], records: [] };
    edge.tap = (connection) => spoil(connection, spoiled.offsets);
    for (let i = whole(random, 1, 3); i > 0; i--)
      site.sometime(() => {
        const { next } = edge.node?.journal ?? {};
        if (next === undefined) return;
        site.blow('batch.poisoned', { offset: next });
        spoiled.offsets.push(next + whole(random, 0, 2));
      });
    for (let i = whole(random, 0, 3); i > 0; i--) site.sometime(() => void writeNonsense(site, edge, spoiled));
    for (let i = whole(random, 0, 2); i > 0; i--)
      site.sometime(() => {
        site.blow('link.reset');
        site.network.between(edge.name, 'cloud').reset();
      });
    return site.finish(() => undefined, { reckon: (known) => reckon(known, edge, spoiled) });
  },
};

/** Changes each frame that ships one of the offsets, so that its hash is not what it says. */
function spoil(connection: LinkConnection, offsets: readonly number[]): LinkConnection {
  const reader = shipmentReader();
  const has = ([from, to]: Interval): boolean => offsets.some((offset) => from <= offset && offset < to);
  const broken = (run: BundleRun): BundleRun =>
    has(intervalOf(run)) ? { ...run, hash: Buffer.from(run.hash).fill(0xff, 0, 4) } : run;
  return tapped(connection, {
    sent(frame) {
      if (isType(frame, 'bundle')) {
        // Written anew as a bundle on its own, because its stream has gone on.
        const pack = (bytes: Uint8Array): Uint8Array => zstdCompressSync(bytes);
        return encodeBundle(reader.runs(frame).map(broken), { profile: 'plain', pack });
      }
      const batch = isType(frame, 'batch') ? decodeBatch(frame) : undefined;
      if (!batch?.ok) return frame;
      const { firstOffset, count, hash } = batch.value;
      if (!has([firstOffset, firstOffset + count])) return frame;
      return encodeBatch({ ...batch.value, hash: Buffer.from(hash).fill(0xff, 0, 4) });
    },
  });
}

/** What a broken program or a broken memory leaves in a journal: durable, chained, and no record. */
async function writeNonsense(site: Site, edge: EdgeActor, spoiled: Spoiled): Promise<void> {
  const { random } = site;
  const { journal } = edge.node ?? {};
  if (!journal) return;
  const bytes = Buffer.alloc(whole(random, 1, 200));
  for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(between(random, 0, 256));
  if (coin(random)) bytes[0] = oneOf(random, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 200]);
  if (coin(random)) bytes[1] = 1;
  const offset = journal.append(whole(random, 0, 3), bytes);
  site.blow('record.poisoned', { offset, kind: bytes[0] });
  spoiled.records.push(offset);
  await journal.commit().catch(() => undefined);
}

/** Exactly what is not there has been set aside, with a reason. */
async function reckon({ cloud, findings }: Known, edge: EdgeActor, spoiled: Spoiled): Promise<Reckoning> {
  const aside = await cloud.store.log.aside({ node: edge.name, limit: 1_000 });
  const violations: Violation[] = [];
  const isAside = (offset: number): boolean =>
    aside.some((one) => one.message !== '' && one.offset <= offset && offset < one.offset + one.count);
  // What was journaled last may not have been sent yet.
  const acknowledged = await cloud.store.log.acknowledged(edge.name, edge.node?.journal.epoch ?? '');
  const shipped = spoiled.offsets.filter((offset) => holdsInterval(acknowledged, [offset, offset + 1]));
  for (const offset of [...shipped, ...spoiled.records])
    if (!isAside(offset))
      violations.push({ invariant: 'untold', what: `offset ${offset} was spoiled and is not set aside` });
  const whole = aside.filter(({ count }) => count > 0);
  if (shipped.length > 0 && whole.length > 0 && !findings.some(({ code }) => code === 'BATCHES_SET_ASIDE'))
    violations.push({ invariant: 'untold', what: 'batches were set aside, and the audit found nothing' });
  const excused = new Set<string>();
  if (edge.node)
    for await (const { device, values, offset } of readingsIn(edge.node.journal))
      if (isAside(offset)) excused.add(`${device} #${String(values['n'])}`);
  return {
    violations,
    isAside,
    excuses: ({ device, n }) => excused.has(`${device} #${n}`),
    expects: ({ code }) =>
      ['BATCHES_SET_ASIDE', 'READINGS_MISSING', 'BOOKS_UNBALANCED', 'LEDGER_UNBALANCED'].includes(code),
  };
}
