import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readConfig, seededEntropy, silentLog } from '@selvedge/kernel';
import { encodeBatch, encodeReading, encodeRecord } from '@selvedge/protocol';
import { sqliteStore } from './adapters/sql/index.ts';
import { cloudConfig, cloudPrefix } from './config.ts';
import { chain, epoch, pipe } from './engines/link/links.fixture.ts';
import { manualClock, settled, testTime } from './manual-clock.fixture.ts';
import { plane } from './plane.ts';

const config = readConfig(cloudConfig, { prefix: cloudPrefix, env: {} });

/** A plane without sockets, its store in memory, as simulations build it. */
async function simulated() {
  const clock = manualClock();
  const world = { clock, entropy: seededEntropy(5), log: silentLog };
  const cloud = plane(config, world, {
    store: (feed) => sqliteStore({ path: ':memory:', worker: false }, { ...world, feed }),
  });
  await cloud.start(new AbortController().signal);
  return { cloud, clock };
}

const reading = (seq: number, device = 'pump-7') =>
  encodeReading({
    device,
    boot: 1,
    seq,
    takenAt: testTime + seq,
    receivedAt: testTime + seq,
    values: { temperature: 20 + seq },
    quality: 0,
  });

test('plane: what a handed-over connection ships is durable, acknowledged, and seen as devices and readings [API-28]', async () => {
  const { cloud } = await simulated();
  await using _ = cloud;
  const end = pipe();
  const journal = chain();
  cloud.links.accept(end.connection, 'n1');
  end.hello('n1', journal.head);
  await settled();
  end.say(encodeBatch(journal.next([reading(1), reading(2)])));
  end.say(encodeBatch(journal.next([reading(3, 'pump-8')])));
  await settled();
  assert.deepEqual(
    end
      .of('acknowledged')
      .flatMap((one) => one.intervals)
      .at(-1)?.[1],
    3,
  );
  await cloud.store.projections.catchUp();
  const { devices } = await cloud.store.registry.devices({ limit: 10 });
  assert.deepEqual(
    devices.map((one) => [one.id, one.readingsTotal, one.node]),
    [
      ['pump-7', 2, 'n1'],
      ['pump-8', 1, 'n1'],
    ],
  );
  assert.equal((await cloud.store.registry.node('n1'))?.online, true);
  const audit = await cloud.store.auditor.store('n1', epoch);
  assert.deepEqual([audit.readings, audit.stored, audit.lost, audit.doubled, audit.broken], [3, 3, 0, 0, []]);
});

test('plane: a command that nobody delivered expires by itself [API-27]', async () => {
  const { cloud, clock } = await simulated();
  await using _ = cloud;
  const command = {
    id: 'c1',
    device: 'pump-7',
    name: 'open',
    arguments: {},
    issuedAt: testTime,
    expiresAt: testTime + 60_000,
    origin: 'operator',
    reason: '',
  };
  await cloud.store.commands.issue(command, 'n1');
  await clock.advance(59_000);
  assert.equal((await cloud.store.commands.find('c1'))?.state, 'queued');
  await clock.advance(2_000);
  assert.equal((await cloud.store.commands.find('c1'))?.state, 'expired');
});

test('plane: a command goes down when its node connects, and its results come up [API-11] [LNK-15]', async () => {
  const { cloud } = await simulated();
  await using _ = cloud;
  const journal = chain();
  const command = {
    id: 'c1',
    device: 'pump-7',
    name: 'open',
    arguments: { wide: true },
    issuedAt: testTime,
    expiresAt: testTime + 60_000,
    origin: 'operator',
    reason: '',
  };
  await cloud.store.commands.issue(command, 'n1');
  const end = pipe();
  cloud.links.accept(end.connection, 'n1');
  end.hello('n1', journal.head);
  await settled();
  assert.deepEqual(
    end.of('command').map((one) => [one.id, one.arguments]),
    [['c1', { wide: true }]],
  );
  const change = (state: 'sent' | 'delivered' | 'done', result?: unknown) =>
    encodeRecord('commandState', {
      id: 'c1',
      device: 'pump-7',
      state,
      at: testTime + 5,
      ...(result === undefined ? {} : { result }),
    });
  end.say(
    encodeBatch(
      journal.next(
        [encodeRecord('command', command), change('sent'), change('delivered'), change('done', { open: true })],
        0,
      ),
    ),
  );
  await settled();
  await cloud.store.projections.catchUp();
  const view = await cloud.store.commands.find('c1');
  assert.deepEqual([view?.state, view?.result], ['done', { open: true }]);
});

test('plane: it can be stopped at any time, and twice [API-28]', async () => {
  const { cloud } = await simulated();
  const end = pipe();
  cloud.links.accept(end.connection, 'n1');
  end.hello('n1', chain().head);
  const stopping = cloud.stop();
  await Promise.all([stopping, cloud.stop()]);
  assert.notEqual(end.state.closed, undefined);
});
