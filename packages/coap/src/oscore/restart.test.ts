import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault } from '@selvedge/kernel';
import { memoryReplayStore } from '../adapters/memory/oscore-state.ts';
import { responses } from '../codes.ts';
import type { Message } from '../message.ts';
import type { ProtectedRequest } from '../ports.ts';
import { oscoreFaults } from './faults.ts';
import {
  arrive,
  clientOptions,
  content,
  get,
  leave,
  option,
  peer,
  refusalOf,
  serverOptions,
  side,
} from './oscore.fixture.ts';
import type { ReplayStore } from './ports.ts';

const partialIvOf = (message: Message): number => {
  const { value } = message.options.find(({ number }) => number === 9)!;
  return value.readUIntBE(1, value[0]! & 7);
};

/** The response to a request that was refused; fails the test for one that was not. */
async function refused(server: Awaited<ReturnType<typeof side>>, request: Message): Promise<Message> {
  const arrived = await server.security.unprotectRequest(request, peer);
  assert.ok(arrived.kind === 'refused', arrived.kind);
  return arrived.response;
}

/** A server that has taken one request, and the same one after a restart; the client lives on. */
async function restarted(options: Parameters<typeof side>[1] = {}, store: ReplayStore = memoryReplayStore()) {
  const client = await side(clientOptions);
  const before = await side(serverOptions, options, store, 1);
  const { message: old } = await leave(client.security, get('old'));
  await arrive(before.security, old);
  const server = await side(serverOptions, options, store, 2);
  return { client, before, server, old, store };
}

test('oscore restart: our sequence numbers go on beyond those made durable, and beyond the margin [COA-225]', async () => {
  const store = memoryReplayStore();
  const numbers: number[] = [];
  for (let life = 0; life < 3; life++) {
    const client = await side(clientOptions, { stride: 10, margin: 50 }, store);
    numbers.push(partialIvOf((await leave(client.security, get('a'))).message));
  }
  assert.deepEqual(numbers, [0, 60, 120]);
});

test('oscore restart: the first request is challenged with a protected 4.01 and a number of our own [COA-232]', async () => {
  const { client, server, old } = await restarted();
  const left = await leave(client.security, get('a'));
  const response = await refused(server, left.message);
  assert.ok(partialIvOf(response) >= 1_000);
  const taken = await left.unprotect(response);
  assert.ok(taken.ok);
  assert.equal(taken.message.code, responses.unauthorized);
  assert.deepEqual(
    taken.message.options.map(({ number, value }) => [number, value.length]),
    [[252, 8]],
  );
  assert.equal(taken.message.payload.length, 0);
  // Whatever was sent before the restart is challenged for ever, not taken.
  for (let again = 0; again < 3; again++) await refused(server, old);
  assert.equal(server.metrics.requests.value('challenged'), 4);
});

test('oscore restart: the request that echoes is taken, and is the lower end of the window from then on [COA-233]', async () => {
  const { client, server, old } = await restarted();
  const left = await leave(client.security, get('a'));
  const early = await leave(client.security, get('early'));
  await left.unprotect(await refused(server, left.message));
  const echoed = await leave(client.security, get('a'));
  const arrived = await arrive(server.security, echoed.message);
  assert.deepEqual(arrived.message, get('a'), 'the echo is ours, not the application’s');
  for (const message of [old, left.message, early.message, echoed.message])
    assert.match(await refusalOf(server.security, message), /^4.01 Replay detected/);
  const answer = await echoed.unprotect(await arrived.protect(content('b'), { notification: false }));
  assert.ok(answer.ok);
  const next = await arrive(server.security, (await leave(client.security, get('next'))).message);
  assert.deepEqual(next.message, get('next'), 'nothing is echoed once something else was answered');
});

test('oscore restart: an echo of an earlier life, or of another peer, is challenged again [COA-233]', async () => {
  const { client, server, store } = await restarted();
  const left = await leave(client.security, get('a'));
  await left.unprotect(await refused(server, left.message));
  const echoed = await leave(client.security, get('a'));
  const third = await side(serverOptions, {}, store, 3);
  await refused(third, echoed.message);
  const guessed = await leave(client.security, get('a', option(252, Buffer.alloc(8))));
  await refused(third, guessed.message);
});

test('oscore restart: challenges leave at a bounded rate for each context [COA-254]', async () => {
  const { server, old } = await restarted({ challengesPerSecond: 2 });
  const kinds: string[] = [];
  for (let count = 0; count < 4; count++) kinds.push((await server.security.unprotectRequest(old, peer)).kind);
  assert.deepEqual(kinds, ['refused', 'refused', 'ignored', 'ignored']);
  assert.equal(server.metrics.silences.value('challenge'), 2);
});

test('oscore restart: where windows are kept, nothing is challenged and nothing is taken twice [COA-234]', async () => {
  const { client, server, old } = await restarted({ replay: 'persist' });
  assert.match(await refusalOf(server.security, old), /^4.01 Replay detected/);
  await arrive(server.security, (await leave(client.security, get('new'))).message);
});

test('oscore restart: where windows are kept, no request is handed on before it is durable as seen [COA-234]', async () => {
  const client = await side(clientOptions);
  const store = memoryReplayStore();
  let release: () => void = () => undefined;
  const disk = { breaks: (): void => undefined };
  const slow: ReplayStore = {
    ...store,
    async save(name, state) {
      disk.breaks();
      if (state.window && state.window.highest >= 0) await new Promise<void>((resolve) => (release = resolve));
      await store.save(name, state);
    },
  };
  const server = await side(serverOptions, { replay: 'persist' }, slow);
  const { message } = await leave(client.security, get('a'));
  let isTaken = false;
  const taking = arrive(server.security, message).then(() => (isTaken = true));
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  assert.equal(isTaken, false);
  assert.match(await refusalOf(server.security, message), /Replay detected/);
  release();
  await taking;

  disk.breaks = () => {
    throw oscoreFaults('COAP_OSCORE_STATE_FAILED', 'told to');
  };
  const { message: next } = await leave(client.security, get('b'));
  assert.equal((await server.security.unprotectRequest(next, peer)).kind, 'ignored');
  assert.equal(server.metrics.requests.value('unsaved'), 1);
});

test('oscore restart: a state that is missing can be refused instead of begun anew [COA-226]', async () => {
  const refuse = { whenStateless: 'refuse' } as const;
  await assert.rejects(side(serverOptions, refuse), (cause) => isFault(cause, 'COAP_OSCORE_STATE_MISSING'));
  const { store } = await side(serverOptions);
  await side(serverOptions, refuse, store);
});

test('oscore restart: two peers that both restarted find together again [COA-232, COA-233]', async () => {
  const stores = [memoryReplayStore(), memoryReplayStore()] as const;
  for (let life = 1; life <= 3; life++) {
    const client = await side(clientOptions, {}, stores[0], life);
    const server = await side(serverOptions, {}, stores[1], life + 10);
    for (const [asks, serves] of [
      [client, server],
      [server, client],
    ] as const) {
      let left: ProtectedRequest = await leave(asks.security, get('a'));
      let arrived = await serves.security.unprotectRequest(left.message, peer);
      if (life > 1) {
        assert.ok(arrived.kind === 'refused');
        await left.unprotect(arrived.response);
        left = await leave(asks.security, get('a'));
        arrived = await serves.security.unprotectRequest(left.message, peer);
      }
      assert.ok(arrived.kind === 'request');
      const answer = await left.unprotect(await arrived.protect(content('b'), { notification: false }));
      assert.ok(answer.ok);
    }
  }
});
