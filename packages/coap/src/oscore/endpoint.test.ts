import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineMetrics, seeded, seededEntropy } from '@selvedge/kernel';
import { simulatedClock, timeline } from '@selvedge/testkit';
import { memoryNetwork } from '../adapters/memory/network.ts';
import { memoryReplayStore } from '../adapters/memory/oscore-state.ts';
import { coapEndpoint } from '../endpoint.ts';
import type { Resource } from '../resource.ts';
import { type OscoreContextOptions, oscoreContext } from './context.ts';
import { oscoreMetrics } from './metrics.ts';
import { clientOptions, serverOptions } from './oscore.fixture.ts';
import { oscore } from './oscore.ts';
import type { ReplayStore } from './ports.ts';

const port = 5_683;
const base = `coap://127.0.0.1:${port}`;

/** A world on one clock: endpoints that can be started again, and how each datagram looked on its way. */
function world() {
  const line = timeline();
  const clock = simulatedClock(line);
  const seen: Buffer[] = [];
  const network = memoryNetwork({ clock }, (deliver, _from, _to, bytes) => {
    seen.push(bytes);
    clock.soon(deliver);
  });
  const begin = async (
    options: OscoreContextOptions,
    store: ReplayStore,
    at: number,
    resources: readonly Resource[],
  ) => {
    const entropy = seededEntropy(seen.length + at + 1);
    const metrics = defineMetrics(oscoreMetrics);
    const context = oscoreContext(options);
    const security = oscore({ choose: () => context }, { clock, entropy, store, metrics });
    await security.add(context);
    const transports = [network.datagrams({ port: at })];
    const endpoint = coapEndpoint({ resources }, { clock, entropy, random: seeded(1), transports, security });
    await endpoint.start(new AbortController().signal);
    return { endpoint, security, context, metrics };
  };
  /** Lets time pass until `promise` has settled. */
  const settled = async <Value>(promise: Promise<Value>): Promise<Value> => {
    let isSettled = false;
    const done = (): void => void (isSettled = true);
    promise.then(done, done);
    while (!isSettled) await line.run(line.now + 50);
    return promise;
  };
  return { begin, settled, seen, line };
}

test('oscore endpoint: whatever goes between two endpoints is seen by nobody on the way [COA-281]', async () => {
  const { begin, settled, seen } = world();
  const body = Buffer.alloc(3_000, 'secret body ');
  let kept = Buffer.alloc(0);
  const resources: Resource[] = [
    { path: 'secret-path', get: () => kept, put: ({ payload }) => void (kept = Buffer.from(payload)) },
    { path: 'who', get: ({ peer }) => `${peer.identity} ${peer.secure}` },
  ];
  await begin(serverOptions, memoryReplayStore(), port, resources);
  const { endpoint } = await begin(clientOptions, memoryReplayStore(), 0, []);
  assert.equal(`${(await settled(endpoint.request(`${base}/who`))).payload}`, 'oscore:01 true');
  const put = await settled(endpoint.request(`${base}/secret-path?secret=1`, { method: 'PUT', payload: body }));
  assert.deepEqual([put.code, put.peer.identity, put.peer.secure], [0x44, 'oscore:02', true]);
  assert.deepEqual((await settled(endpoint.request(`${base}/secret-path`))).payload, body);
  assert.equal((await settled(endpoint.request(`${base}/nowhere`))).code, 0x84);
  assert.ok(seen.length > 12);
  for (const bytes of seen) assert.equal(bytes.includes('secret'), false);
});

test('oscore endpoint: after a restart of either side a request is answered as if there had been none [COA-281]', async () => {
  const { begin, settled } = world();
  const stores = [memoryReplayStore(), memoryReplayStore()] as const;
  for (let life = 0; life < 3; life++) {
    const server = await begin(serverOptions, stores[0], port, [{ path: 'a', get: () => `${life}` }]);
    const client = await begin(clientOptions, stores[1], 0, []);
    assert.equal(`${(await settled(client.endpoint.request(`${base}/a`))).payload}`, `${life}`);
    assert.equal(server.metrics.requests.value('challenged'), life === 0 ? 0 : 1);
    for (const one of [client, server]) {
      await settled(one.endpoint.stop());
      await one.security.stop();
    }
  }
});

test('oscore endpoint: an observer sees each change, until its context is removed [COA-272, COA-281]', async () => {
  const { begin, settled, line } = world();
  let count = 0;
  const resources: Resource[] = [{ path: 'a', get: () => `${count}`, observable: true }];
  const server = await begin(serverOptions, memoryReplayStore(), port, resources);
  const client = await begin(clientOptions, memoryReplayStore(), 0, []);
  const observation = await settled(client.endpoint.observe(`${base}/a`));
  const change = async (): Promise<string> => {
    count += 1;
    server.endpoint.changed('a');
    await line.run(line.now + 1_000);
    return `${observation.latest.payload}`;
  };
  assert.deepEqual([`${observation.latest.payload}`, await change(), await change()], ['0', '1', '2']);
  await server.security.remove(server.context);
  assert.equal(await change(), '2');
});

test('oscore endpoint: a protected error ends the observation at the server, too, and is the last notification [COA-259]', async () => {
  const { begin, settled, seen, line } = world();
  const state: { gone: boolean; ends: number; changed: () => void } = {
    gone: false,
    ends: 0,
    changed: () => undefined,
  };
  const resources: Resource[] = [
    {
      path: 'thing',
      get: () => (state.gone ? { code: 0x84 } : 'here'),
      observable(_request, changed) {
        state.changed = changed;
        return () => void (state.ends += 1);
      },
    },
  ];
  await begin(serverOptions, memoryReplayStore(), port, resources);
  const { endpoint } = await begin(clientOptions, memoryReplayStore(), port + 1, []);
  const observation = await settled(endpoint.observe(`${base}/thing`));
  assert.equal(`${observation.latest.payload}`, 'here');
  state.gone = true;
  state.changed();
  await line.run(line.now + 1_000);
  assert.equal(state.ends, 1, 'the resource is told');
  const before = seen.length;
  state.changed();
  await line.run(line.now + 1_000);
  assert.equal(seen.length, before, 'nobody is notified any more');
});
