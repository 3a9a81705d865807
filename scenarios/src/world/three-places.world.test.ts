import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Random, seeded } from '@selvedge/kernel';
import { ensureDebian } from '../../../tools/world/debian.ts';
import { needs } from '../../../tools/world/missing.ts';
import { makeNamespaces } from '../../../tools/world/netns.ts';
import type { Fates } from '../../../tools/world/netns-relay.ts';
import { rain, reap } from './chances.ts';
import { type Mortal, mortal } from './mortal.ts';
import { pubClient } from './pub-client.ts';
import { type Audit, places, roads, type ThreePlaces, threePlaces } from './three-places.ts';
import { type Acked, settled } from './verdict.ts';

/** SELVEDGE_WORLD_MINUTES=30 for a long story, SELVEDGE_WORLD_SEED for one again, as far as a real world repeats. */
const minutes = Number(process.env['SELVEDGE_WORLD_MINUTES'] ?? 2);
const seed = Number(process.env['SELVEDGE_WORLD_SEED'] ?? Date.now() % 1_000_000);
/** How long the healed world may take until everything has arrived, in milliseconds. */
const drainMax = 90_000;
/** Where the figures of a telling are kept, one line each, also of those that went well. */
const figuresFile = fileURLToPath(new URL('../../../out/three-places.jsonl', import.meta.url));
const sdkDevices = ['sdk-1', 'sdk-2'] as const;
const pubDevice = 'pub-1';

test('three places: bad roads and kill -9 of every process neither lose nor double what was acknowledged [TST-38]', async (t) => {
  const namespaces = await needs(t, async () => {
    await ensureDebian(['mosquitto-clients', 'curl']);
    return makeNamespaces(places);
  });
  if (!namespaces) return;
  await using _ = namespaces;
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-places-'));
  try {
    const world = await needs(t, () => threePlaces(namespaces, dir, seed));
    if (world) await inPlaces(world);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

/** Whatever becomes of the story, its processes end. */
async function inPlaces(world: ThreePlaces): Promise<void> {
  const mortals: Mortal[] = [];
  try {
    await tell(world, mortals);
  } catch (cause) {
    for (const { name, said } of mortals) console.log(`${name} said at last:\n${said}`);
    throw cause;
  } finally {
    await Promise.all(mortals.map((one) => one.stop(5_000)));
    await world.relay.stop();
  }
}

async function tell(world: ThreePlaces, mortals: Mortal[]): Promise<void> {
  console.log(`SELVEDGE_WORLD_SEED=${seed} draws these chances again`);
  const began = performance.now();
  const from = Date.now();
  const random = seeded(seed);
  /** Everybody draws from a chance of its own. */
  const own = (): Random => seeded(Math.floor(random.next() * 2 ** 32));

  const begin = (name: string, launch: Parameters<typeof mortal>[1]): Mortal => {
    const one = mortal(name, launch);
    mortals.push(one);
    one.start();
    return one;
  };
  begin('cloud', world.launchCloud);
  const { token } = await world.insist<{ token: string }>('cloud', '/v1/enrolments', { node: 'edge-1' });
  begin('edge', () => world.launchEdge(token));
  await world.enrolled();
  const acked = new Map<string, ReadonlySet<number>>();
  const secretOf = async (name: string): Promise<string> => {
    const body = { kind: 'token', holder: 'device', name };
    return (await world.insist<{ secret: string }>('edge', '/v1/credentials', body)).secret;
  };
  const devices: Mortal[] = [];
  for (const id of sdkDevices) {
    const heard = new Set<number>();
    acked.set(id, heard);
    const password = await secretOf(id);
    let life = 0;
    const launch = () => {
      const child = world.launchDevice({ id, password, first: ++life * 1_000_000 });
      createInterface({ input: child.stdout! }).on('line', (line) => heard.add(Number(line)));
      return child;
    };
    devices.push(begin(id, launch));
  }
  const pubSecret = await secretOf(pubDevice);
  const pub = pubClient((payload) => world.publish(pubDevice, pubSecret, payload), own());
  acked.set(pubDevice, pub.acked);

  const story = AbortSignal.timeout(minutes * 60_000);
  const published = pub.run(story);
  const weathers = Promise.all(
    roads.map((road) => rain((weather) => world.relay.weather(road, weather), own(), story)),
  );
  await Promise.all(mortals.map((one) => reap(one, own(), story)));
  const came = await weathers;
  const fates = await world.relay.counts();

  const healed = performance.now();
  await Promise.all([published, ...devices.map((one) => one.stop(drainMax))]);
  const { audit, ...verdict } = await settled(world, acked, { from, latest: healed + drainMax });
  const audited = 'why' in audit ? audit : shortened(audit);
  const figures = {
    seed,
    seconds: Math.round((performance.now() - began) / 1_000),
    drainSeconds: Math.round((performance.now() - healed) / 1_000),
    kills: Object.fromEntries([...mortals.map((one) => [one.name, one.kills]), [pubDevice, pub.kills]]),
    acked: Object.fromEntries([...acked].map(([id, numbers]) => [id, numbers.size])),
    weathers: came,
    fates,
    ...verdict,
    audited,
  };
  await keep(JSON.stringify(figures));
  assert.deepEqual(
    mortals.flatMap(({ ownEnds }) => ownEnds),
    [],
  );
  assert.deepEqual([verdict.lost, verdict.doubled], [[], []], `seed ${seed}`);
  assert.deepEqual(
    audited,
    { balanced: true, complete: true, lost: 0, doubled: 0, altered: 0, pending: 0 },
    `seed ${seed}`,
  );
  muchHappened(mortals, acked, fates);
}

const shortened = ({ balanced, complete, lost, doubled, altered, pending }: Audit): Audit => ({
  balanced,
  complete,
  lost,
  doubled,
  altered,
  pending,
});

async function keep(line: string): Promise<void> {
  console.log(line);
  await mkdir(dirname(figuresFile), { recursive: true });
  await writeFile(figuresFile, `${line}\n`, { flag: 'a' });
}

/** A story in which little happened proves nothing. */
function muchHappened(mortals: readonly Mortal[], acked: Acked, fates: Readonly<Record<string, Fates>>): void {
  for (const { name, kills } of mortals) assert.ok(kills >= 2 * minutes, `${name} was killed ${kills} times`);
  for (const [id, numbers] of acked) assert.ok(numbers.size >= 20 * minutes, `${id} had ${numbers.size} acknowledged`);
  for (const [road, fate] of Object.entries(fates))
    for (const name of ['lost', 'cut', 'late', 'twice'] as const) assert.ok(fate[name] > 0, `${road}: none ${name}`);
}
