import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFault, seededEntropy } from '@selvedge/kernel';
import { memoryReplayStore } from '../adapters/memory/oscore-state.ts';
import { responses } from '../codes.ts';
import { oscoreContext } from './context.ts';
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
  tickClock,
} from './oscore.fixture.ts';
import { oscore } from './oscore.ts';
import type { ReplayStore } from './ports.ts';

const is = (code: string) => (cause: unknown) => isFault(cause, code);
const peerNumber = (one: number) =>
  oscoreContext({ masterSecret: Buffer.alloc(16, one), senderId: Buffer.of(0xff), recipientId: Buffer.of(one) });

function table(contextsMax: number, store: ReplayStore = memoryReplayStore()) {
  return oscore({ contextsMax }, { store, clock: tickClock(), entropy: seededEntropy(1) });
}

test('oscore contexts: they are bounded, and one that is removed makes room [COA-270]', async () => {
  const security = table(3);
  const contexts = [0, 1, 2, 3].map(peerNumber);
  for (const context of contexts.slice(0, 3)) await security.add(context);
  await assert.rejects(security.add(contexts[3]!), is('COAP_OSCORE_CONTEXTS_FULL'));
  await security.remove(contexts[0]!);
  await security.add(contexts[3]!);
  assert.deepEqual(security.contexts(), contexts.slice(1));
});

test('oscore contexts: as many with one recipient id as are tried in turn, no more [COA-270]', async () => {
  const security = table(100);
  const add = (one: number) =>
    security.add(oscoreContext({ ...serverOptions, masterSecret: Buffer.alloc(16, one), idContext: Buffer.of(one) }));
  for (let one = 0; one < 8; one++) await add(one);
  await assert.rejects(add(8), is('COAP_OSCORE_CONTEXTS_FULL'));
});

test('oscore contexts: two with the same ids, or with the same sender key, are refused [COA-271]', async () => {
  const security = table(10);
  await security.add(oscoreContext(serverOptions));
  const same = [
    serverOptions,
    { ...serverOptions, recipientId: Buffer.of(9) },
    { ...serverOptions, masterSecret: Buffer.alloc(16) },
  ];
  for (const options of same)
    await assert.rejects(security.add(oscoreContext(options)), is('COAP_OSCORE_CONTEXT_TAKEN'));
});

test('oscore contexts: one that is removed protects and believes nothing from that moment [COA-272]', async () => {
  const [client, server] = [await side(clientOptions), await side(serverOptions)];
  const left = await leave(client.security, get('a', option(6)));
  const arrived = await arrive(server.security, left.message);
  const sent = await arrived.protect(content('1', option(6)), { notification: false });
  const late = await leave(client.security, get('b'));

  const removing = [server.security.remove(server.context), client.security.remove(client.context)];
  assert.match(await refusalOf(server.security, late.message), /Security context not found/);
  const withheld = await arrived.protect(content('2', option(6)), { notification: true });
  assert.deepEqual([withheld.code, `${withheld.payload}`], [responses.unauthorized, 'Security context not found']);
  assert.equal((await left.unprotect(sent)).ok, false);
  assert.throws(() => client.security.protectRequest(get('c'), peer, undefined), is('COAP_OSCORE_CONTEXT_UNKNOWN'));
  await Promise.all(removing);
  assert.deepEqual([server.security.contexts(), server.metrics.contexts.value()], [[], 0]);
});

test('oscore contexts: one that comes back goes on where it was, so that no number is used twice [COA-273]', async () => {
  const client = await side(clientOptions, { stride: 10, margin: 0 });
  await leave(client.security, get('a'));
  await client.security.remove(client.context);
  await client.security.add(oscoreContext(clientOptions));
  const { message } = await leave(client.security, get('b'));
  assert.deepEqual(message.options.at(-1)?.value.toString('hex') ?? message, '090a01');
});

test('oscore contexts: one that is removed while it is being added is not used, nor is one whose state fails [COA-273]', async () => {
  const store = memoryReplayStore();
  let release: () => void = () => undefined;
  let loads = 0;
  const slow: ReplayStore = {
    ...store,
    async load(name) {
      loads += 1;
      if (loads === 1) await new Promise<void>((resolve) => (release = resolve));
      if (loads === 2) throw new Error('gone');
      return store.load(name);
    },
  };
  const security = table(10, slow);
  const adding = security.add(peerNumber(1));
  await security.remove(peerNumber(1));
  release();
  await adding;
  assert.deepEqual(security.contexts(), []);
  await assert.rejects(security.add(peerNumber(1)), /gone/);
  await security.add(peerNumber(1));
  await security.stop();
  await security.stop();
  assert.deepEqual(security.contexts(), []);
});
