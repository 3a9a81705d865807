import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '@selvedge/kernel';
import { batchCodec, type Command, decodeFrame, encodeBatch, encodeFrame } from '@selvedge/protocol';
import type { LinkEffect, LinkInput, LinkSession } from './link-step.ts';
import { newSession, stepLink } from './session.ts';

const limits = { silentMax: seconds(30), greetMax: seconds(10), waitingMax: 10_000 };
const hash = 'ab'.repeat(32);
const hello = {
  node: 'n1',
  epoch: '0123456789ab',
  head: { offset: 10, hash },
  base: { offset: 0, hash },
  software: 'edge 0.1.0',
  time: 1_000,
};
const facts = {
  owner: undefined,
  end: 0,
  hashAtHead: undefined,
  hashAtBase: undefined,
  acknowledged: [],
  hasControl: true,
};
const report = {
  time: 1,
  startedAt: 1,
  mode: 'online' as const,
  clients: 1,
  devices: 1,
  readingsTotal: 1,
  quarantinedTotal: 0,
  refusedTotal: 0,
  unmappedTotal: 0,
  journal: { sizeBytes: 1, firstOffset: 0, headOffset: 10, pending: 0, expired: 0 },
  memoryBytes: 1,
};

/** A link driven by hand, with a clock that stands where it is put. */
function driven(ticks = 0) {
  let session: LinkSession = newSession('n1', { wall: 5_000, ticks });
  return {
    get session() {
      return session;
    },
    feed(input: LinkInput, at = ticks): readonly LinkEffect[] {
      const step = stepLink(session, input, { wall: 5_000 + at, ticks: at }, limits);
      session = step.session;
      return step.effects;
    },
    open() {
      this.feed({ kind: 'frame', frame: encodeFrame('hello', hello) });
      this.feed({ kind: 'facts', hello, facts });
      return this.feed({ kind: 'claimed', fit: { kind: 'fits' } });
    },
  };
}

const sent = (effects: readonly LinkEffect[]) =>
  effects.flatMap((effect) => {
    if (effect.kind !== 'send') return [];
    const frame = decodeFrame(effect.frame);
    assert.ok(frame.ok);
    return [frame.value];
  });

const endOf = (effects: readonly LinkEffect[]): string | undefined =>
  effects.find((effect) => effect.kind === 'end')?.code;

const batchFrame = (firstOffset: number, size = 100): Buffer =>
  encodeBatch({
    codec: batchCodec.plain,
    klass: 1,
    firstOffset,
    count: 5,
    appendedAt: 1,
    prevHash: new Uint8Array(32),
    hash: new Uint8Array(32),
    bodyDigest: new Uint8Array(32),
    plainLength: size,
    body: new Uint8Array(size),
  });

const batchOf = (effects: readonly LinkEffect[]) => {
  const take = effects.find((effect) => effect.kind === 'take');
  assert.ok(take);
  return take.batch;
};

test('link: a hello is looked up, and welcomed with what is acknowledged [LNK-1] [LNK-2]', () => {
  const link = driven();
  const asked = link.feed({ kind: 'frame', frame: encodeFrame('hello', hello) });
  assert.deepEqual(asked, [{ kind: 'look', hello }]);
  const looked = link.feed({ kind: 'facts', hello, facts: { ...facts, end: 7, acknowledged: [[0, 7]] } });
  assert.deepEqual(looked, [{ kind: 'claim', hello, proof: undefined }]);
  const effects = link.feed({ kind: 'claimed', fit: { kind: 'fits' } });
  assert.deepEqual(sent(effects), [
    {
      type: 'welcome',
      body: { acknowledged: [[0, 7]], time: 5_000, speaks: ['bundle', 'bulk', 'twin', 'configuration'] },
    },
  ]);
  assert.deepEqual(effects.at(-1), { kind: 'opened', hello });
});

test('link: a batch before the welcome, or a second hello, ends it [LNK-1]', () => {
  assert.equal(endOf(driven().feed({ kind: 'frame', frame: batchFrame(0) })), 'LINK_FRAME_INVALID');
  const checking = driven();
  checking.feed({ kind: 'frame', frame: encodeFrame('hello', hello) });
  assert.equal(endOf(checking.feed({ kind: 'frame', frame: batchFrame(0) })), 'LINK_FRAME_INVALID');
  const open = driven();
  open.open();
  assert.equal(endOf(open.feed({ kind: 'frame', frame: encodeFrame('hello', hello) })), 'LINK_FRAME_INVALID');
});

test('link: a refused hello is told why, and then nothing more is said [LNK-4]', () => {
  const link = driven();
  const foreign = { ...hello, node: 'n2' };
  link.feed({ kind: 'frame', frame: encodeFrame('hello', foreign) });
  const effects = link.feed({ kind: 'facts', hello: foreign, facts });
  const [refused] = sent(effects);
  assert.equal(refused?.type, 'refused');
  assert.equal(refused?.type === 'refused' && refused.body.code, 'LINK_NODE_FOREIGN');
  assert.equal(endOf(effects), 'LINK_NODE_FOREIGN');
  assert.deepEqual(link.feed({ kind: 'frame', frame: batchFrame(0) }), []);
});

test('link: what is no frame of a node is refused with why [LNK-7]', () => {
  const wrong: readonly [Buffer, RegExp][] = [
    [Buffer.alloc(0), /unknown/],
    [Buffer.from([99, 1]), /frame type 99 is unknown/],
    [Buffer.from([8, 2]), /version 2 of report is unknown/],
    [Buffer.from([8, 1, 0x7b]), /not JSON/],
    [encodeFrame('welcome', { acknowledged: [], time: 1 }), /not for a node to say/],
    [encodeFrame('command', {} as Command), /not for a node to say/],
    [batchFrame(0).subarray(0, 50), /at least/],
    [Buffer.from(batchFrame(0)).fill(batchCodec.columns, 2, 3), /as columns/],
  ];
  for (const [frame, why] of wrong) {
    const link = driven();
    link.open();
    const effects = link.feed({ kind: 'frame', frame });
    assert.equal(endOf(effects), 'LINK_FRAME_INVALID');
    const [refused] = sent(effects);
    assert.match(refused?.type === 'refused' ? refused.body.message : '', why);
  }
});

test('link: batches that became durable in one turn are acknowledged in one frame, not before [LNK-8]', () => {
  const link = driven();
  link.open();
  const batches = [0, 5, 20].map((offset) => batchOf(link.feed({ kind: 'frame', frame: batchFrame(offset) })));
  assert.deepEqual(link.feed({ kind: 'settle' }), []);
  const effects = batches.flatMap((batch) => link.feed({ kind: 'taken', batch, taken: { kind: 'appended' } }));
  assert.deepEqual(effects, [{ kind: 'settleSoon' }]);
  assert.deepEqual(sent(link.feed({ kind: 'settle' })), [
    {
      type: 'acknowledged',
      body: {
        intervals: [
          [0, 10],
          [20, 25],
        ],
      },
    },
  ]);
  assert.deepEqual(link.feed({ kind: 'settle' }), []);
});

test('link: a batch that was held before is acknowledged again [LNK-8]', () => {
  const link = driven();
  link.open();
  const batch = batchOf(link.feed({ kind: 'frame', frame: batchFrame(0) }));
  assert.deepEqual(link.feed({ kind: 'taken', batch, taken: { kind: 'held' } }), [{ kind: 'settleSoon' }]);
});

test('link: a broken batch is refused with its offset, and the link goes on [LNK-9]', () => {
  const link = driven();
  link.open();
  const batch = batchOf(link.feed({ kind: 'frame', frame: batchFrame(15) }));
  const effects = link.feed({ kind: 'broken', batch, why: 'the body has another digest' });
  assert.deepEqual(sent(effects), [
    { type: 'refused', body: { code: 'LINK_BATCH_BROKEN', message: 'the body has another digest', offset: 15 } },
  ]);
  assert.equal(link.session.phase, 'open');
  assert.equal(link.session.waitingBytes, 0);
});

test('link: a batch that contradicts the log ends it as a fork, without an offset [LNK-11]', () => {
  const link = driven();
  link.open();
  const batch = batchOf(link.feed({ kind: 'frame', frame: batchFrame(15) }));
  const effects = link.feed({
    kind: 'taken',
    batch,
    taken: { kind: 'refused', code: 'FORK', message: 'two histories' },
  });
  assert.deepEqual(sent(effects), [{ type: 'refused', body: { code: 'LINK_FORK', message: 'two histories' } }]);
  assert.equal(endOf(effects), 'LINK_FORK');
});

test('link: reading pauses above the bound, goes on at half of it, and ends at four times [LNK-13]', () => {
  const link = driven();
  link.open();
  const first = batchOf(link.feed({ kind: 'frame', frame: batchFrame(0, 4_000) }));
  const second = batchOf(link.feed({ kind: 'frame', frame: batchFrame(5, 4_000) }));
  const third = link.feed({ kind: 'frame', frame: batchFrame(10, 4_000) });
  assert.deepEqual(
    third.map((effect) => effect.kind),
    ['take', 'pause'],
  );
  const kinds = (effects: readonly LinkEffect[]) => effects.map((effect) => effect.kind);
  assert.deepEqual(kinds(link.feed({ kind: 'taken', batch: first, taken: { kind: 'appended' } })), ['settleSoon']);
  assert.deepEqual(kinds(link.feed({ kind: 'taken', batch: second, taken: { kind: 'appended' } })), ['resume']);

  const deaf = driven();
  deaf.open();
  let effects: readonly LinkEffect[] = [];
  for (let offset = 0; endOf(effects) === undefined; offset += 5) {
    assert.ok(offset < 100);
    effects = deaf.feed({ kind: 'frame', frame: batchFrame(offset, 4_000) });
  }
  assert.equal(endOf(effects), 'LINK_OVERRUN');
  assert.ok(deaf.session.waitingBytes <= 40_000);
});

test('link: when the store fails it ends, and the node is told nothing that it could take for a verdict [LNK-14]', () => {
  const link = driven();
  link.open();
  link.feed({ kind: 'frame', frame: batchFrame(0) });
  const effects = link.feed({ kind: 'failed', message: 'disk full' });
  assert.deepEqual(sent(effects), []);
  assert.equal(endOf(effects), 'LINK_STORE_FAILED');
});

const command: Command = {
  id: 'c1',
  device: 'pump-7',
  name: 'shutdown',
  arguments: {},
  issuedAt: 1,
  expiresAt: 10_000,
  origin: 'operator',
  reason: '',
};

test('link: a command is sent once, and not when it has expired or the link is not open [LNK-15]', () => {
  const link = driven();
  assert.deepEqual(link.feed({ kind: 'command', command }), []);
  link.open();
  assert.deepEqual(sent(link.feed({ kind: 'command', command })), [{ type: 'command', body: command }]);
  assert.deepEqual(link.feed({ kind: 'command', command }), []);
  assert.deepEqual(link.feed({ kind: 'command', command: { ...command, id: 'c2', expiresAt: 5_000 } }), []);
});

test('link: a command is taken once, and only one that this link sent [LNK-16]', () => {
  const link = driven();
  link.open();
  link.feed({ kind: 'command', command });
  const taken = (id: unknown) => link.feed({ kind: 'frame', frame: encodeFrame('commandTaken', { id: id as string }) });
  assert.deepEqual(taken('c9'), []);
  assert.deepEqual(taken(undefined), []);
  assert.deepEqual(taken('c1'), [{ kind: 'commandTaken', id: 'c1' }]);
  assert.deepEqual(taken('c1'), []);
});

test('link: questions and answers carry their number [LNK-17]', () => {
  const link = driven();
  link.open();
  assert.deepEqual(sent(link.feed({ kind: 'question', question: 3, what: 'audit' })), [
    { type: 'ask', body: { question: 3, what: 'audit' } },
  ]);
  const answer = encodeFrame('answer', { question: 3, answer: { fine: true } });
  assert.deepEqual(link.feed({ kind: 'frame', frame: answer }), [
    { kind: 'answer', question: 3, answer: { fine: true } },
  ]);
});

test('link: a report is passed on without what is not known of it, a malformed one ends the link [LNK-18]', () => {
  const link = driven();
  link.open();
  const more = { ...report, surprise: 1 };
  assert.deepEqual(link.feed({ kind: 'frame', frame: encodeFrame('report', more) }), [{ kind: 'report', report }]);
  for (const wrong of [{}, { ...report, mode: 'asleep' }, { ...report, clients: '1' }, { ...report, journal: null }]) {
    const other = driven();
    other.open();
    const frame = encodeFrame('report', wrong as unknown as typeof report);
    assert.equal(endOf(other.feed({ kind: 'frame', frame })), 'LINK_FRAME_INVALID');
  }
});

test('link: a ping is answered, a silent node is asked once in a while and then given up [LNK-19]', () => {
  const link = driven();
  link.open();
  assert.deepEqual(sent(link.feed({ kind: 'frame', frame: encodeFrame('ping', { time: 1 }) }, 100)), [
    { type: 'pong', body: { time: 5_100 } },
  ]);
  assert.deepEqual(link.feed({ kind: 'tick' }, 10_099), []);
  assert.equal(sent(link.feed({ kind: 'tick' }, 10_100))[0]?.type, 'ping');
  assert.deepEqual(link.feed({ kind: 'tick' }, 15_000), []);
  assert.equal(sent(link.feed({ kind: 'tick' }, 20_100))[0]?.type, 'ping');
  assert.equal(endOf(link.feed({ kind: 'tick' }, 30_100)), 'LINK_SILENT');

  const alive = driven();
  alive.open();
  for (let at = 0; at < 300_000; at += 5_000) {
    assert.equal(endOf(alive.feed({ kind: 'tick' }, at)), undefined);
    alive.feed({ kind: 'frame', frame: encodeFrame('pong', { time: 1 }) }, at);
  }
});

test('link: a node that is not listened to is not called silent [LNK-19]', () => {
  const link = driven();
  link.open();
  const effects = [0, 5, 10].flatMap((offset) => link.feed({ kind: 'frame', frame: batchFrame(offset, 4_000) }));
  assert.ok(effects.some((effect) => effect.kind === 'pause'));
  for (let at = 0; at < 300_000; at += 5_000) assert.deepEqual(link.feed({ kind: 'tick' }, at), []);
});

test('link: without a hello it ends in time [LNK-3]', () => {
  const link = driven();
  assert.deepEqual(link.feed({ kind: 'tick' }, 9_999), []);
  assert.equal(endOf(link.feed({ kind: 'tick' }, 10_000)), 'LINK_HELLO_INVALID');
  const wrong = driven().feed({ kind: 'frame', frame: encodeFrame('hello', { ...hello, epoch: 'x' }) });
  assert.equal(endOf(wrong), 'LINK_HELLO_INVALID');
});

test('link: one that is replaced, or whose node does not read, ends [LNK-20] [LNK-22]', () => {
  const link = driven();
  link.open();
  const effects = link.feed({ kind: 'replaced' });
  assert.equal(endOf(effects), 'LINK_REPLACED');
  assert.equal(sent(effects)[0]?.type, 'refused');
  const unread = driven();
  unread.open();
  assert.deepEqual(
    unread.feed({ kind: 'unread', bytes: 20_000 }).map((effect) => effect.kind),
    ['end'],
  );
});
