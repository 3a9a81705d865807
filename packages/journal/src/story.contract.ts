import assert from 'node:assert/strict';
import { isFault, millis, type Random } from '@selvedge/kernel';
import { handClock } from '../../../testkit/src/disk/hand-clock.ts';
import { type SimulatedDisk, simulatedDisk } from '../../../testkit/src/disk/simulated-disk.ts';
import type { Cursor, Expiry, Journal, JournalOptions } from './journal.ts';
import { batchesOf, complaints, type Lent, record, start, textsOf } from './lent.contract.ts';

/** A record as the one who appended it remembers it. */
interface Fact {
  readonly offset: number;
  readonly klass: number;
  readonly text: string;
}

/** What everybody was promised, kept apart from the journal: the model that it is held against. */
interface Memory {
  /** Acknowledged records, by offset. */
  readonly facts: Fact[];
  /** Appended, and neither acknowledged nor refused. */
  open: Fact[];
  /** Refused since the journal last said that it is well; only a power cut may bring them back. */
  refused: Fact[];
  /** How far each class was acknowledged by its holder, in memory and for sure on disk. */
  readonly passed: number[];
  readonly flushed: number[];
  readonly told: Map<string, Expiry>;
}

export interface Story {
  readonly steps: number;
  /** Seen over all of it, so that a test can tell that things did happen. */
  readonly seen: Set<string>;
}

const options = (random: Random): Partial<JournalOptions> => ({
  classes: [
    { name: 'urgent', bytesMax: pick(random, [400, 3_000, 100_000]), ageMax: millis(pick(random, [5_000, 1_000_000])) },
    {
      name: 'bulk',
      bytesMax: pick(random, [300, 5_000, 100_000]),
      ageMax: millis(pick(random, [2_000, 1_000_000])),
      turn: 1,
    },
  ],
  heldMax: pick(random, [2_000, 50_000]),
  segmentSize: 4_096,
  sizeMax: pick(random, [50_000, 400_000]),
  keep: millis(pick(random, [0, 3_000, 1_000_000])),
  recordMax: 2_000,
  pendingMax: pick(random, [5_000, 100_000]),
});

const pick = <Value>(random: Random, among: readonly Value[]): Value =>
  among[Math.floor(random.next() * among.length)]!;

/** Lives a journal's life of `steps` random events and checks after each start, and at the end, that all promises hold. */
export async function tell(random: Random, story: Story): Promise<void> {
  const plate = simulatedDisk({ random });
  const clock = handClock();
  const chosen = options(random);
  const memory: Memory = { facts: [], open: [], refused: [], passed: [0, 0], flushed: [0, 0], told: new Map() };
  let lent: Lent | undefined;
  let cursors: Cursor[] = [];
  let texts = 0;

  const begin = async (): Promise<void> => {
    plate.heal();
    plate.resize(Number.MAX_SAFE_INTEGER);
    lent = await start(plate.mount(), chosen, clock);
    const { journal } = lent;
    cursors = [0, 1].map((klass) => journal.cursor(`reader-${klass}`, { classes: [klass], holds: true }));
    await checkStart(journal, cursors, memory, story);
  };

  /** Runs something that may be struck by the power cut, or by a failing disk. */
  const attempt = async (what: Promise<unknown>, cut?: Promise<void>): Promise<void> => {
    const done = what.then(
      () => undefined,
      (cause: unknown) => {
        if (!isFault(cause)) throw cause;
        story.seen.add(cause.code);
      },
    );
    await (cut ? Promise.race([done, cut]) : done);
  };

  const append = (journal: Journal): void => {
    const usual = pick(random, [0, 0, 1]);
    const group: Fact[] = [];
    for (let left = 1 + Math.floor(random.next() * 6); left > 0; left--) {
      const text = `${texts++}`.padEnd(Math.floor(random.next() ** 3 * 900), '.');
      try {
        const klass = random.next() < 0.2 ? 1 - usual : usual;
        group.push({ offset: journal.append(klass, record(text)), klass, text });
      } catch (cause) {
        assert.ok(isFault(cause));
        story.seen.add(cause.code);
      }
    }
    memory.open.push(...group);
    const mine = lent;
    journal.commit().then(
      () => {
        if (mine !== lent) return;
        for (const fact of group) memory.facts[fact.offset] = fact;
        memory.open = memory.open.filter((fact) => !group.includes(fact));
        if (group.length > 0) memory.refused = [];
      },
      () => {
        if (mine !== lent) return;
        memory.open = memory.open.filter((fact) => !group.includes(fact));
        memory.refused.push(...group);
        story.seen.add('refused');
      },
    );
  };

  const advance = (): void => {
    const klass = pick(random, [0, 1]);
    const cursor = cursors[klass]!;
    const head = lent!.journal.head.offset;
    cursor.advance(cursor.offset + Math.floor(random.next() * (head - cursor.offset + 1)));
    memory.passed[klass] = cursor.offset;
  };

  const retain = async (): Promise<void> => {
    for (const expiry of await lent!.journal.retain()) {
      memory.told.set(`${expiry.klass} ${expiry.from}`, expiry);
      story.seen.add(`expired by ${expiry.reason}`);
    }
  };

  const flush = async (): Promise<void> => {
    const at = cursors.map(({ offset }) => offset);
    await lent!.journal.flush();
    for (const [klass, offset] of at.entries()) memory.flushed[klass] = Math.max(memory.flushed[klass]!, offset);
  };

  const busy = (): Promise<unknown> => {
    const { journal } = lent!;
    append(journal);
    const what = random.next();
    if (what < 0.3) return retain();
    if (what < 0.5) return flush();
    return journal.commit();
  };

  const end = async (how: 'stop' | 'kill' | 'cut'): Promise<void> => {
    story.seen.add(how);
    if (how === 'stop') {
      const at = cursors.map(({ offset }) => offset);
      plate.heal();
      await lent!.journal.stop();
      memory.flushed.splice(0, 2, ...at);
    } else if (how === 'kill') plate.kill();
    else plate.powerCut();
    lent = undefined;
    await begin();
  };

  await begin();
  for (let step = 0; step < story.steps; step++) {
    const { journal } = lent!;
    const what = random.next();
    if (what < 0.4) {
      append(journal);
      if (random.next() < 0.7) await attempt(journal.commit());
    } else if (what < 0.55) advance();
    else if (what < 0.65) await attempt(retain());
    else if (what < 0.7) await attempt(flush());
    else if (what < 0.78) await clock.advance(pick(random, [60, 1_100, 6_000]));
    else if (what < 0.82)
      plate.fail(
        pick(random, ['write', 'sync', 'syncDir', 'open']),
        pick(random, ['EIO', 'ENOSPC']),
        pick(random, [1, 3]),
      );
    else if (what < 0.84) plate.resize(plate.usedBytes + 300);
    else if (what < 0.88) {
      plate.heal();
      plate.resize(Number.MAX_SAFE_INTEGER);
      await clock.advance(1_100);
    } else if (what < 0.91) await end('stop');
    else if (what < 0.93) await end('kill');
    else if (what < 0.95) await end('cut');
    else {
      const cut = plate.cutAfter(1 + Math.floor(random.next() * 12));
      let isCut = false;
      void cut.then(() => (isCut = true));
      for (let i = 0; i < 30 && !isCut; i++) await attempt(busy(), cut);
      await end('cut');
    }
  }
  await end('stop');
  await checkEnd(lent!.journal, memory, retain, story);
  await lent!.journal.stop();
}

async function checkStart(journal: Journal, cursors: readonly Cursor[], memory: Memory, story: Story): Promise<void> {
  const acknowledged = memory.facts.length;
  assert.ok(journal.head.offset >= acknowledged, `head ${journal.head.offset} is before ${acknowledged}`);
  const found = await readFacts(journal);
  for (const fact of found) {
    const known =
      memory.facts[fact.offset] ??
      [...memory.open, ...memory.refused].find(({ offset, text }) => offset === fact.offset && text === fact.text);
    assert.equal(fact.text, known?.text, `offset ${fact.offset}`);
    if (fact.offset >= acknowledged) story.seen.add('survived without acknowledgement');
    memory.facts[fact.offset] = fact;
  }
  memory.facts.length = journal.head.offset;
  memory.open = [];
  memory.refused = [];
  for (const [klass, { offset }] of cursors.entries()) {
    assert.ok(offset <= memory.passed[klass]! || offset <= journal.use().firstOffset, `cursor ${klass} is ahead`);
    assert.ok(offset >= memory.flushed[klass]!, `cursor ${klass} at ${offset} was at ${memory.flushed[klass]}`);
    memory.passed[klass] = Math.max(memory.passed[klass]!, offset);
  }
  assert.deepEqual(await complaints(journal), []);
  assert.deepEqual(journal.use().damaged, []);
}

/** All that can be read, and that offsets never go back. */
async function readFacts(journal: Journal): Promise<Fact[]> {
  let next = 0;
  return (await batchesOf(journal)).flatMap((batch) => {
    assert.ok(batch.firstOffset >= next);
    next = batch.firstOffset + batch.count;
    const texts = textsOf(batch);
    if (batch.body) assert.equal(texts.length, batch.count);
    return texts.map((text, index) => ({ offset: batch.firstOffset + index, klass: batch.klass, text }));
  });
}

/** What is missing was acknowledged by its holder or told as expired, and the totals say exactly how much of the latter. */
async function checkEnd(journal: Journal, memory: Memory, retain: () => Promise<void>, story: Story): Promise<void> {
  await retain();
  const left = new Set((await readFacts(journal)).map(({ offset }) => offset));
  const told = [...memory.told.values()];
  for (const fact of memory.facts) {
    if (!fact || left.has(fact.offset)) continue;
    const expired = told.some(({ klass, from, to }) => klass === fact.klass && fact.offset >= from && fact.offset < to);
    assert.ok(expired || fact.offset < memory.passed[fact.klass]!, `offset ${fact.offset} is missing`);
    story.seen.add(expired ? 'missing because expired' : 'missing because acknowledged');
  }
  for (const [klass, { expired }] of journal.use().classes.entries()) {
    const sum = told.filter((one) => one.klass === klass).reduce((total, { count }) => total + count, 0);
    assert.equal(expired, sum, `class ${klass}`);
  }
}

export type { SimulatedDisk };
