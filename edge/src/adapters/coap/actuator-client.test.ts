import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coapServer, type MemoryNetwork, type Response } from '@selvedge/coap';
import { visitRecords } from '@selvedge/journal';
import { isFault } from '@selvedge/kernel';
import { type CommandChange, classOf, decodeRecord } from '@selvedge/protocol';
import { world as simulate } from '@selvedge/testkit';
import type { EdgeWorld } from '../../ports.ts';
import { actuatorClient, placeOf } from './actuator-client.ts';
import { type SiteOptions, site } from './door.fixture.ts';

const at = { host: '10.0.0.7', port: 5_683 };

const rules = (more: object = {}, address = '10.0.0.7') =>
  JSON.stringify([
    {
      name: 'cool',
      metric: 'temperature',
      above: 75,
      command: {
        coap: `coap://${address}/device/{device}/cool`,
        payload: { action: 'start_cooling', duration: 300 },
        ...more,
      },
    },
  ]);

let ports = 50_000;
const actuators = (life: EdgeWorld, network: MemoryNetwork) =>
  actuatorClient([[network.datagrams({ host: '127.0.0.1', port: ports++ })]], life);

/** A node with the rule, and an actuator that notes what it is asked and answers as told. */
async function plant(
  options: SiteOptions,
  answer: () => Response | Promise<Response> = () => ({ payload: 'cooling' }),
) {
  const one = await site({ actuators, ...options });
  const asked: string[] = [];
  const actuator = coapServer(
    {
      resources: [
        {
          path: 'device/*/cool',
          post({ path, payload }) {
            asked.push(`${path[1]} ${payload}`);
            return answer();
          },
        },
      ],
    },
    { ...one.world, transports: [one.network.datagrams(at)] },
  );
  await actuator.start(new AbortController().signal);
  const changes = async (): Promise<readonly CommandChange[]> => {
    const found: CommandChange[] = [];
    await one.until(
      (async () => {
        for await (const batch of one.node.journal.read(0, { classes: [classOf('command')] }))
          visitRecords(batch, (body, start, end) => {
            const record = decodeRecord(body, start, end);
            if (record.ok && record.value.kind === 'commandState') found.push(record.value.body);
          });
      })(),
    );
    return found;
  };
  const heat = async (device = 'pump-7') =>
    (await one.client()).post(`sensors/${device}`, { temperature: 75.1, $boot: 1, $seq: ports++ });
  return { ...one, one, asked, changes, heat };
}

test('actuator: the 75 °C rule has another device cool, and its answer is the evidence in the journal [EDG-120] [EDG-125]', async () => {
  const { heat, one, asked, changes } = await plant({ flags: { rules: rules() } });
  await heat();
  await one.run(1_000);
  assert.deepEqual(asked, ['pump-7 {"action":"start_cooling","duration":300}']);
  const all = await changes();
  assert.deepEqual(
    all.map(({ state }) => state),
    ['sent', 'delivered', 'done'],
  );
  assert.deepEqual(all[2]!.result, {
    coap: 'coap://10.0.0.7/device/{device}/cool',
    code: '2.04',
    payload: 'cooling',
  });
  assert.match(one.node.metrics(), /edge_actuator_calls_total\{outcome="done"\} 1/);
  assert.equal(await (await one.client()).json('commands/pump-7'), null, 'it is not for the device');
});

test('actuator: what is lost on the way is sent again, and executed once [EDG-121]', async () => {
  const { heat, one, asked, changes } = await plant({ flags: { rules: rules() } });
  let lost = 0;
  one.lost.one = (_bytes, from) => from.host === at.host && ++lost <= 2;
  await heat();
  await one.run(20_000);
  assert.equal(asked.length, 1);
  assert.equal((await changes()).at(-1)?.state, 'done');
  assert.ok(lost > 2);
});

test('actuator: a call ends when its command expires, and nothing of it is sent after that [EDG-123]', async () => {
  const { heat, one, asked, changes } = await plant({ flags: { rules: rules({ expiresIn: 5 }, '10.0.0.99') } });
  let last = 0;
  one.lost.one = (bytes) => {
    if (bytes.includes('start_cooling')) last = one.world.timeline.now;
    return false;
  };
  await heat();
  const began = one.world.timeline.now;
  await one.run(60_000);
  assert.equal(asked.length, 0);
  assert.ok(last > began && last - began <= 5_000, `${last - began} ms`);
  const { state, result } = (await changes()).at(-1)!;
  assert.equal(state, 'failed');
  assert.match(JSON.stringify(result), /"failure":"COAP_TIMEOUT".*"outcome":"unknown"/);
});

test('actuator: wherever the power is cut, no actuator is called twice for a command, and each command ends [EDG-121] [EDG-124]', async () => {
  let unknown = 0;
  let done = 0;
  for (let seed = 1; seed <= 40; seed++) {
    const { heat, one, asked, changes } = await plant({ seed, diskDelayMax: 30, flags: { rules: rules() } });
    for (const device of ['a', 'b', 'c']) await heat(device);
    await one.run((seed * 13) % 151);
    one.powerCut();
    await one.boot();
    await one.run(400_000);
    const names = asked.map((line) => line.split(' ')[0]);
    assert.equal(new Set(names).size, names.length, `seed ${seed}: ${names}`);
    const ends = new Map((await changes()).map(({ device, state, result }) => [device, { state, result }]));
    assert.deepEqual(new Set(ends.keys()), new Set(['a', 'b', 'c']), `seed ${seed}`);
    for (const { state, result } of ends.values()) {
      if (state === 'done') done += 1;
      else if (/outcome unknown/.test(JSON.stringify(result))) unknown += 1;
      else assert.fail(`seed ${seed}: ${state} ${JSON.stringify(result)}`);
    }
  }
  assert.ok(unknown > 0 && done > 0, `${unknown} unknown, ${done} done: the cut must fall on both sides`);
});

test('actuator: a device’s name stays one part of path or query, whatever it is [EDG-125]', () => {
  const url = 'coap://[fe80::1]:5683/device/{device}/a%20b?d={device}&x=%7Bdevice%7D';
  assert.deepEqual(placeOf(url, 'a?b&c=%2F'), {
    base: 'coap://[fe80::1]:5683',
    path: ['device', 'a?b&c=%2F', 'a b'],
    query: ['d=a?b&c=%2F', 'x=a?b&c=%2F'],
  });
  assert.deepEqual(placeOf('coap://h', '$&'), { base: 'coap://h', path: [], query: [] });
  for (const name of ['.', '..'])
    assert.throws(
      () => placeOf('coap://h/device/{device}', name),
      (cause) => isFault(cause, 'COAP_REQUEST_INVALID'),
    );
});

test('actuator: an address that nobody has is told without a call [EDG-120]', async () => {
  const life = simulate(3);
  const client = actuatorClient([[]], life);
  await client.start(new AbortController().signal);
  const call = { id: 'c', device: 'd', url: 'coap://h/x', payload: {}, within: 1_000 };
  await assert.rejects(client.call(call, new AbortController().signal), (cause) => isFault(cause, 'COAP_NO_TRANSPORT'));
});
