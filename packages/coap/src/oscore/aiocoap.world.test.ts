import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { defineMetrics } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { freePort, needs, watch } from '../../../../tools/world.ts';
import { pythonWithAiocoap, writeTheirContext } from '../../test/support/aiocoap.ts';
import { diskReplayStore } from '../adapters/disk/oscore-state.ts';
import { udpDatagrams } from '../adapters/udp/datagrams.ts';
import { coapEndpoint, type Endpoint } from '../endpoint.ts';
import type { Resource } from '../resource.ts';
import type { AeadName } from './aead.ts';
import { type OscoreContextOptions, oscoreContext } from './context.ts';
import { oscoreMetrics } from './metrics.ts';
import { oscore } from './oscore.ts';

const fixture = join(import.meta.dirname, 'aiocoap.fixture.py');
let scratch: string;
let python: Promise<string> | undefined;
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'selvedge-aiocoap-'));
});
after(() => rm(scratch, { recursive: true }));

let folders = 0;

/** A folder with the context as aiocoap reads it. */
async function theirFolder(us: OscoreContextOptions): Promise<string> {
  const dir = join(scratch, `theirs-${folders++}`);
  await writeTheirContext(dir, us);
  return dir;
}

const us: OscoreContextOptions = {
  masterSecret: Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex'),
  masterSalt: Buffer.from('9e7ca92223786340', 'hex'),
  senderId: Buffer.of(1),
  recipientId: Buffer.of(2),
  identity: 'aiocoap',
};

/** Our endpoint on UDP with that context; a second one on the same folder is the first one restarted. */
async function ours(options: OscoreContextOptions, dir: string, resources: readonly Resource[] = []) {
  const context = oscoreContext(options);
  const world = { clock: systemClock, entropy: systemEntropy };
  const metrics = defineMetrics(oscoreMetrics);
  const security = oscore({ choose: () => context }, { ...world, metrics, store: diskReplayStore({ dir }) });
  await security.add(context);
  const endpoint = coapEndpoint(
    { resources },
    { ...world, random: systemRandom, transports: [udpDatagrams({ host: '127.0.0.1' })], security },
  );
  await endpoint.start(new AbortController().signal);
  const end = async (): Promise<void> => {
    await endpoint.stop();
    await security.stop();
  };
  return { endpoint, end, metrics, port: endpoint.addresses[0]!.port };
}

/** The same things that their server has. */
function things(): { readonly resources: readonly Resource[]; readonly watch: (endpoint: Endpoint) => () => void } {
  let content: Uint8Array = Buffer.from('nothing');
  let count = 0;
  return {
    resources: [
      { path: 'who', get: ({ peer }) => `${peer.identity} ${peer.secure}` },
      {
        path: 'store',
        get: () => content,
        put: ({ payload }) => {
          content = payload;
          return undefined;
        },
      },
      { path: 'ticker', get: () => `${count}`, observable: true },
    ],
    watch(endpoint) {
      const timer = setInterval(() => {
        count += 1;
        endpoint.changed('ticker');
      }, 50);
      return () => clearInterval(timer);
    },
  };
}

const ready = (t: TestContext): Promise<string | undefined> => needs(t, () => (python ??= pythonWithAiocoap(scratch)));

async function asked(python: string, dir: string, port: number, ...wishes: readonly string[]): Promise<string[]> {
  const { code, stdout, stderr } = await watch(spawn(python, [fixture, 'ask', dir, `${port}`, ...wishes])).ended;
  assert.equal(code, 0, `${stdout}${stderr}`);
  return stdout.trim().split('\n');
}

test('aiocoap: its client is served by us with every algorithm and with an ID context [COA-280]', async (t) => {
  const python = await ready(t);
  if (!python) return;
  const algorithms: AeadName[] = ['AES-CCM-16-64-128', 'AES-CCM-16-128-128', 'AES-128-GCM', 'ChaCha20-Poly1305'];
  for (const [index, algorithm] of algorithms.entries()) {
    const options = {
      ...us,
      algorithm,
      ...(index % 2 === 0 ? {} : { idContext: Buffer.from('37cbf3210017a2d3', 'hex') }),
    };
    const { end, port } = await ours(options, join(scratch, `ours-${folders++}`), things().resources);
    try {
      const said = await asked(python, await theirFolder(options), port, 'who', 'nowhere');
      assert.deepEqual([said[0], said[1]?.slice(0, 4)], ['2.05 Content aiocoap true', '4.04'], algorithm);
    } finally {
      await end();
    }
  }
});

test('aiocoap: its client puts and gets in blocks, observes, and finds us again after a restart [COA-280]', async (t) => {
  const python = await ready(t);
  if (!python) return;
  const [dir, theirs] = [join(scratch, `ours-${folders++}`), await theirFolder(us)];
  const { resources, watch: tick } = things();
  for (let life = 0; life < 3; life++) {
    const { endpoint, end, metrics, port } = await ours(us, dir, resources);
    const stop = tick(endpoint);
    try {
      const said = await asked(python, theirs, port, 'who', 'put', 'observe');
      assert.deepEqual(said.slice(0, 3), ['2.05 Content aiocoap true', 'put 2.04 Changed', 'same']);
      assert.equal(metrics.requests.value('challenged'), life === 0 ? 0 : 1);
      const counts = said.slice(3).map((line) => Number(line.replace('observed ', '')));
      assert.equal(counts.length, 4, said.join('\n'));
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b),
      );
    } finally {
      stop();
      await end();
    }
  }
});

test('aiocoap: our client is served by it, in blocks and with observation, and after it was killed [COA-280]', async (t) => {
  const python = await ready(t);
  if (!python) return;
  const [dir, theirs] = [join(scratch, `ours-${folders++}`), await theirFolder(us)];
  const body = Buffer.alloc(5_000, 'blocks ');
  for (let life = 0; life < 3; life++) {
    const port = await freePort();
    const server = watch(spawn(python, [fixture, 'serve', theirs, `${port}`]));
    const { endpoint, end } = await ours(us, dir);
    try {
      await server.saw('listening');
      const base = `coap://127.0.0.1:${port}`;
      const first = await endpoint.request(`${base}/store`);
      assert.deepEqual([first.code, `${first.payload}`, first.peer.identity], [0x45, 'nothing', 'aiocoap']);
      const put = await endpoint.request(`${base}/store`, { method: 'PUT', payload: body });
      assert.equal(put.code, 0x44, `${put.payload}`);
      assert.deepEqual((await endpoint.request(`${base}/store`)).payload, body);
      const counts: number[] = [];
      for await (const { payload } of await endpoint.observe(`${base}/ticker`)) {
        counts.push(Number(payload));
        if (counts.length === 4) break;
      }
      assert.deepEqual(
        counts,
        counts.toSorted((a, b) => a - b),
      );
    } finally {
      await end();
      server.process.kill('SIGKILL');
      await server.ended;
      // Its lock is a file that a killed process leaves behind.
      await rm(join(theirs, 'lock'), { force: true });
    }
  }
});

test('aiocoap: what another key made is refused by us, and by it [COA-280]', async (t) => {
  const python = await ready(t);
  if (!python) return;
  const other = { ...us, masterSecret: Buffer.alloc(16, 9) };
  const { end, port } = await ours(us, join(scratch, `ours-${folders++}`), things().resources);
  try {
    const child = watch(spawn(python, [fixture, 'ask', await theirFolder(other), `${port}`, 'who']));
    const { code, stderr } = await child.ended;
    assert.notEqual(code, 0);
    assert.match(stderr, /NotAProtectedMessage|4\.00/);
  } finally {
    await end();
  }
});
