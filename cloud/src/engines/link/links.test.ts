import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, zstdCompressSync } from 'node:zlib';
import { isFault } from '@selvedge/kernel';
import { type BatchFrame, batchCodec, encodeBatch, encodeFrame } from '@selvedge/protocol';
import { settled } from '../../manual-clock.fixture.ts';
import type { CommandView } from '../../ports.ts';
import { chain, epoch, linksWorld, pipe } from './links.fixture.ts';

const signal = new AbortController().signal;

/** A started world with one welcomed node. */
async function oneNode(node = 'n1') {
  const world = linksWorld();
  await world.links.start(signal);
  const end = pipe({ canPause: true });
  world.links.accept(end.connection, node);
  end.hello(node, chain().head);
  await settled();
  assert.equal(end.of('welcome').length, 1);
  return { world, end };
}

const ship = (end: ReturnType<typeof pipe>, ...batches: readonly BatchFrame[]): void => {
  for (const batch of batches) end.say(encodeBatch(batch));
};

test('links: what one turn brings becomes durable and is acknowledged together [LNK-8]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  ship(end, journal.next(['a', 'b']), journal.next(['c']), journal.next(['d'], 3));
  assert.deepEqual(end.of('acknowledged'), []);
  await settled();
  assert.deepEqual(end.of('acknowledged'), [{ intervals: [[0, 4]] }]);
  assert.deepEqual(
    world.rows.map((one) => one.firstOffset),
    [0, 2, 3],
  );
  assert.ok(world.appends.length <= 2, `${world.appends.length} transactions`);
  assert.equal(world.metrics.linkRecords.value(), 4);
});

test('links: what is shipped twice is acknowledged twice and kept once [LNK-8]', async () => {
  const { world, end } = await oneNode();
  const batch = chain().next(['a']);
  ship(end, batch);
  await settled();
  ship(end, batch);
  await settled();
  assert.deepEqual(end.of('acknowledged'), [{ intervals: [[0, 1]] }, { intervals: [[0, 1]] }]);
  assert.equal(world.rows.length, 1);
});

test('links: packed batches and stubs are taken as the journal wrote them [LNK-10] [LNK-12]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  const packed = journal.next(['a'.repeat(5_000), 'b'.repeat(5_000)]);
  const plain = Buffer.from(packed.body);
  const gone = journal.next(['expired']);
  ship(
    end,
    { ...packed, codec: batchCodec.zstd, body: zstdCompressSync(packed.body) },
    { ...gone, codec: batchCodec.stub, body: new Uint8Array(0) },
    journal.next(['c']),
  );
  await settled();
  assert.deepEqual(
    end
      .of('acknowledged')
      .flatMap((one) => one.intervals)
      .at(-1)?.[1],
    4,
  );
  assert.deepEqual(Buffer.from(world.rows[0]!.body!), plain);
  assert.equal(world.rows[1]!.body, undefined);
});

test('links: broken batches are set aside and refused by offset, and those behind them are taken [LNK-9] [LNK-10]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  const good = [journal.next(['a'])];
  const altered = journal.next(['b']);
  const wrongHash = journal.next(['c']);
  const unpackable = journal.next(['d']);
  const bomb = journal.next(['e']);
  const shorter = journal.next(['f']);
  good.push(journal.next(['g']));
  const flipped = Buffer.from(altered.body);
  flipped[4]! ^= 1;
  const level = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
  ship(
    end,
    good[0]!,
    { ...altered, body: flipped },
    { ...wrongHash, hash: Buffer.alloc(32, 7) },
    { ...unpackable, codec: batchCodec.zstd, body: Buffer.from('no zstd') },
    { ...bomb, codec: batchCodec.zstd, body: zstdCompressSync(Buffer.alloc(50_000_000), level) },
    { ...shorter, codec: batchCodec.zstd, body: zstdCompressSync(Buffer.alloc(1)) },
    good[1]!,
  );
  await settled();
  assert.deepEqual(
    end.of('refused').map((one) => [one.code, one.offset]),
    [1, 2, 3, 4, 5].map((offset) => ['LINK_BATCH_BROKEN', offset]),
  );
  assert.deepEqual(
    world.aside.map((one) => one.batch.firstOffset),
    [1, 2, 3, 4, 5],
  );
  assert.deepEqual(
    end.of('acknowledged').flatMap((one) => one.intervals),
    [
      [0, 1],
      [6, 7],
    ],
  );
  assert.equal(world.metrics.linkBatches.value('aside'), 5);
  assert.equal(end.state.closed, undefined);
});

test('links: a batch that contradicts the log ends the link as a fork and leaves the log alone [LNK-11]', async () => {
  const { world, end } = await oneNode();
  const [mine, other] = [chain(), chain()];
  ship(end, mine.next(['a']), mine.next(['b']));
  await settled();
  other.next(['a']);
  ship(end, other.next(['another b']));
  await settled();
  assert.equal(end.of('refused')[0]?.code, 'LINK_FORK');
  assert.equal(end.of('refused')[0]?.offset, undefined);
  assert.equal(end.state.closed, 'LINK_FORK');
  assert.equal(world.rows.length, 2);
});

test('links: a journal set back behind the log is refused at the hello, and the true node stays [LNK-6] [LNK-20]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  ship(end, journal.next(['a', 'b', 'c']), journal.next(['d']));
  await settled();
  const clone = pipe();
  world.links.accept(clone.connection, 'n1');
  const setBack = chain();
  setBack.next(['a', 'b', 'c']);
  clone.hello('n1', setBack.head);
  await settled();
  assert.equal(clone.of('refused')[0]?.code, 'LINK_FORK');
  assert.equal(end.state.closed, undefined);
  assert.ok(world.links.isOnline('n1'));
  const other = pipe();
  world.links.accept(other.connection, 'n1');
  other.hello('n1', { ...journal.head, hash: 'ff'.repeat(32) });
  await settled();
  assert.match(other.of('refused')[0]?.message ?? '', /another hash/);
});

test('links: the journal of another node is refused [LNK-5]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  ship(end, journal.next(['a']));
  await settled();
  const thief = pipe();
  world.links.accept(thief.connection, 'n2');
  thief.hello('n2', journal.head);
  await settled();
  assert.equal(thief.of('refused')[0]?.code, 'LINK_EPOCH_FOREIGN');
});

test('links: a node that comes back is told what is held, and its newest link is the one that counts [LNK-2] [LNK-20]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  ship(end, journal.next(['a', 'b']));
  await settled();
  const again = pipe();
  world.links.accept(again.connection, 'n1');
  again.hello('n1', journal.head);
  await settled();
  assert.deepEqual(again.of('welcome')[0]?.acknowledged, [[0, 2]]);
  assert.equal(end.state.closed, 'LINK_REPLACED');
  assert.ok(world.links.isOnline('n1'));
  assert.deepEqual(world.told, [`seen n1 ${epoch}`, 'online n1', `seen n1 ${epoch}`, 'online n1']);
  again.hangUp();
  await settled();
  assert.equal(world.told.at(-1), 'offline n1');
  assert.equal(world.links.isOnline('n1'), false);
});

test('links: when the store fails nothing is acknowledged, the link ends, and the next one takes it [LNK-14]', async () => {
  const { world, end } = await oneNode();
  const batch = chain().next(['a']);
  world.fail(new Error('disk full'));
  ship(end, batch);
  await settled();
  assert.deepEqual([end.of('acknowledged'), end.of('refused'), end.state.closed], [[], [], 'LINK_STORE_FAILED']);
  assert.equal(world.lines.filter((line) => line.event === 'link.store_failed').length, 1);
  world.fail(undefined);
  const again = pipe();
  world.links.accept(again.connection, 'n1');
  again.hello('n1', chain().head);
  await settled();
  ship(again, batch);
  await settled();
  assert.deepEqual(again.of('acknowledged'), [{ intervals: [[0, 1]] }]);
});

const command = (id: string, expiresIn = 60_000): CommandView => ({
  id,
  device: 'd',
  name: 'open',
  arguments: {},
  issuedAt: Date.UTC(2026, 2, 1, 12),
  expiresAt: Date.UTC(2026, 2, 1, 12) + expiresIn,
  origin: 'operator',
  reason: '',
  node: 'n1',
  state: 'queued',
  sentAt: null,
  deliveredAt: null,
  endedAt: null,
  result: null,
});

test('links: queued commands come after the welcome, new ones at once, each once, and are taken by word [LNK-15] [LNK-16]', async () => {
  const world = linksWorld();
  world.queued.push(command('c1'), command('c2', 0), { ...command('c3'), node: 'n2' });
  await world.links.start(signal);
  assert.equal(world.links.send('n1'), false);
  const end = pipe();
  world.links.accept(end.connection, 'n1');
  end.hello('n1', chain().head);
  await settled();
  assert.equal(world.links.send('n1'), true);
  world.queued.push(command('c5'));
  assert.equal(world.links.send('n1'), true);
  await settled();
  assert.deepEqual(
    end.of('command').map((one) => one.id),
    ['c1', 'c5'],
  );
  end.say(encodeFrame('commandTaken', { id: 'c5' }));
  end.say(encodeFrame('commandTaken', { id: 'c3' }));
  await settled();
  assert.deepEqual(
    world.told.filter((line) => line.startsWith('taken')),
    ['taken c5'],
  );
});

test('links: a question is answered, or ends with the time or with the link [LNK-17]', async () => {
  const { world, end } = await oneNode();
  const asked = world.links.ask('n1', 'audit');
  end.say(encodeFrame('answer', { question: 99, answer: 'to nothing' }));
  end.say(encodeFrame('answer', { question: end.of('ask')[0]!.question, answer: { fine: true } }));
  assert.deepEqual(await asked, { fine: true });

  const late = assert.rejects(world.links.ask('n1', 'audit'), (cause) => isFault(cause, 'LINK_TIMEOUT'));
  for (let i = 0; i < 7; i++) {
    await world.clock.advance(10_000);
    end.say(encodeFrame('pong', { time: 1 }));
  }
  await late;

  const lost = assert.rejects(world.links.ask('n1', 'audit'), (cause) => isFault(cause, 'LINK_DOWN'));
  end.hangUp();
  await lost;
  await assert.rejects(world.links.ask('n1', 'audit'), (cause) => isFault(cause, 'LINK_DOWN'));
});

test('links: reports reach the registry [LNK-18]', async () => {
  const { world, end } = await oneNode();
  const journal = { sizeBytes: 1, firstOffset: 0, headOffset: 1, pending: 0, expired: 0 };
  const counts = { clients: 1, devices: 1, quarantinedTotal: 0, refusedTotal: 0, unmappedTotal: 0, memoryBytes: 1 };
  end.say(encodeFrame('report', { time: 1, startedAt: 1, mode: 'online', readingsTotal: 42, journal, ...counts }));
  await settled();
  assert.equal(world.told.at(-1), 'report n1 42');
});

test('links: a node that went silently is given up and offline; a stop ends all links [LNK-19] [LNK-21]', async () => {
  const { world, end } = await oneNode();
  await world.clock.advance(10_000);
  assert.equal(end.of('ping').length, 1);
  await world.clock.advance(25_000);
  assert.equal(end.state.closed, 'LINK_SILENT');
  assert.equal(world.told.at(-1), 'offline n1');

  const again = pipe();
  world.links.accept(again.connection, 'n1');
  again.hello('n1', chain().head);
  await settled();
  await world.links.stop();
  assert.equal(world.told.at(-1), 'offline n1');
  assert.notEqual(again.state.closed, undefined);
  const late = pipe();
  world.links.accept(late.connection, 'n1');
  assert.notEqual(late.state.closed, undefined);
});

test('links: after a crash of the cloud no node is online before it connects [LNK-21]', async () => {
  const world = linksWorld();
  world.nodes.push({ id: 'n1', online: true }, { id: 'n2', online: false });
  await world.links.start(signal);
  assert.deepEqual(world.told, ['offline n1']);
});

test('links: a node that does not read is ended before what waits for it fills the memory [LNK-22]', async () => {
  const { world, end } = await oneNode();
  end.state.bufferedBytes = 2_000_000;
  end.say(encodeFrame('ping', { time: 1 }));
  assert.equal(end.state.closed, 'LINK_UNREAD');
  assert.equal(world.metrics.linkEnded.value('LINK_UNREAD'), 1);
});

test('links: a pipe that can pause is paused while the store is behind, and one that cannot is ended [LNK-13]', async () => {
  const { world, end } = await oneNode();
  const journal = chain();
  const big = 'x'.repeat(200_000);
  for (let i = 0; i < 6; i++) ship(end, journal.next([big]));
  assert.equal(end.state.paused, true);
  await settled();
  assert.equal(end.state.paused, false);
  assert.equal(world.metrics.linkPaused.value(), 1);
  for (let i = 0; i < 30 && end.state.closed === undefined; i++) ship(end, journal.next([big]));
  assert.equal(end.state.closed, 'LINK_OVERRUN');
});

test('links: the cloud speaks of configurations to nodes alone that have, and unreadable words end the link [CFG-18]', async () => {
  const world = linksWorld();
  await world.links.start(signal);
  const end = pipe();
  world.links.accept(end.connection, 'n1');
  end.hello('n1', chain().head);
  await settled();
  world.configurations.push({ kind: 'prepare', version: 1, settings: {} });
  world.links.configure('n1');
  await settled();
  assert.deepEqual(end.of('configuration'), []);
  const good = { version: 0, digest: '0123456789abcdef' };
  end.say(encodeFrame('configured', { good }));
  await settled();
  assert.deepEqual(end.of('configuration'), [{ kind: 'prepare', version: 1, settings: {} }]);
  assert.ok(world.told.includes('configured n1 0'));
  end.say(encodeFrame('configured', { good: { ...good, digest: 'x' } }));
  await settled();
  assert.equal(end.state.closed, 'LINK_FRAME_INVALID');
});
