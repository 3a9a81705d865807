import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type World, world } from '../world.ts';
import type { SimulatedConnection } from './connection.ts';
import { type SimulatedNetwork, simulatedNetwork } from './network.ts';
import { road, type WireOptions } from './wire.ts';

interface Heard {
  readonly frames: string[];
  closed: string | undefined;
}

interface Bench {
  readonly box: World;
  readonly network: SimulatedNetwork;
  readonly caller: SimulatedConnection;
  readonly callee: SimulatedConnection;
  readonly atCaller: Heard;
  readonly atCallee: Heard;
}

const listenTo = (connection: SimulatedConnection): Heard => {
  const heard: Heard = { frames: [], closed: undefined };
  connection.onFrame((frame) => heard.frames.push(frame.toString()));
  connection.onClose((reason) => (heard.closed = reason));
  return heard;
};

/** An edge that is connected to a cloud. */
async function connected(wire?: WireOptions): Promise<Bench> {
  const box = world(11);
  const network = simulatedNetwork(box, wire ? { wire } : {});
  let callee: SimulatedConnection | undefined;
  network.listen(box.machine('cloud').boot(), 'link', (connection) => (callee = connection));
  let caller: SimulatedConnection | undefined;
  void network.connect(box.machine('edge').boot(), 'cloud:link').then((one) => (caller = one));
  await box.run(100);
  assert.ok(caller && callee);
  return { box, network, caller, callee, atCaller: listenTo(caller), atCallee: listenTo(callee) };
}

const text = (count: number): string[] => [...Array(count).keys()].map((i) => `frame ${i}`);

test('network: frames arrive whole, once and in order, both ways [TST-9]', async () => {
  const { box, caller, callee, atCaller, atCallee } = await connected();
  for (const frame of text(100)) {
    assert.equal(caller.send(Buffer.from(frame)), true);
    callee.send(Buffer.from(frame));
  }
  await box.run(1_000);
  assert.deepEqual(atCaller.frames, text(100));
  assert.deepEqual(atCallee.frames, text(100));
});

test('network: a frame is copied, and kept for a listener that comes late [TST-9]', async () => {
  const { box, caller, network } = await connected();
  let late: SimulatedConnection | undefined;
  network.listen(box.machine('cloud').life!, 'late', (connection) => (late = connection));
  const frame = Buffer.from('before');
  void network.connect(box.machine('edge').life!, 'cloud:late').then((one) => {
    one.send(frame);
    frame.write('after!');
  });
  await box.run(1_000);
  assert.deepEqual(listenTo(late!).frames, ['before']);
  assert.equal(caller.bufferedBytes, 0);
});

test('network: an end that pauses hears later what came meanwhile, in order [TST-9]', async () => {
  const { box, caller, callee, atCallee } = await connected();
  caller.send(Buffer.from('frame 0'));
  await box.run(1_000);
  callee.pause();
  for (const frame of text(4).slice(1)) caller.send(Buffer.from(frame));
  await box.run(2_000);
  assert.deepEqual(atCallee.frames, text(1));
  callee.resume();
  assert.deepEqual(atCallee.frames, text(4));
});

test('network: bytes leave at the bandwidth of the wire, and the rest is buffered [TST-9]', async () => {
  const { box, caller, atCallee } = await connected({ delay: { min: 10, max: 10 }, bytesPerSecond: 1_000 });
  caller.send(Buffer.alloc(500, 'a'));
  caller.send(Buffer.alloc(500, 'b'));
  assert.equal(caller.bufferedBytes, 1_000);
  await box.run(100 + 400);
  assert.equal(caller.bufferedBytes, 600);
  await box.run(100 + 509);
  assert.equal(atCallee.frames.length, 0);
  await box.run(100 + 510);
  assert.equal(atCallee.frames.length, 1);
  await box.run(100 + 1_010);
  assert.equal(atCallee.frames.length, 2);
  assert.equal(caller.bufferedBytes, 0);
});

test('network: closing tells both ends once, the far one after all that was sent [TST-11]', async () => {
  const { box, caller, callee, atCaller, atCallee } = await connected();
  for (const frame of text(20)) caller.send(Buffer.from(frame));
  caller.close('enough');
  caller.close('twice');
  assert.equal(caller.send(Buffer.from('late')), false);
  await box.run(1_000);
  assert.deepEqual(atCallee, { frames: text(20), closed: 'enough' });
  assert.deepEqual(atCaller, { frames: [], closed: 'enough' });
  assert.equal(callee.send(Buffer.from('late')), false);
  let told = '';
  callee.onClose((reason) => (told = reason));
  assert.equal(told, 'enough', 'who asks late is told at once');
});

test('network: a cut loses what is under way and tells nobody [TST-10]', async () => {
  const { box, network, caller, callee, atCaller, atCallee } = await connected();
  caller.send(Buffer.from('under way'));
  network.between('edge', 'cloud').cut();
  assert.equal(caller.send(Buffer.from('into silence')), true);
  callee.send(Buffer.from('into silence'));
  await box.run(3_600_000);
  assert.deepEqual(
    [atCaller, atCallee],
    [
      { frames: [], closed: undefined },
      { frames: [], closed: undefined },
    ],
  );
  assert.ok(caller.bufferedBytes > 0, 'what never leaves stays buffered');
});

test('network: after a cut is healed, who sends is told by a reset, who listens is not [TST-10]', async () => {
  const { box, network, caller, atCaller, atCallee } = await connected();
  const way = network.between('cloud', 'edge');
  way.cut();
  way.heal();
  await box.run(10_000);
  assert.equal(atCaller.closed, undefined);
  caller.send(Buffer.from('hello?'));
  await box.run(20_000);
  assert.deepEqual(atCaller, { frames: [], closed: 'reset by the peer' });
  assert.deepEqual(atCallee, { frames: [], closed: undefined });
  assert.equal(caller.send(Buffer.from('gone')), false);
});

test('network: a close that a cut swallows leaves the far end half open [TST-10]', async () => {
  const { box, network, caller, atCaller, atCallee } = await connected();
  network.between('edge', 'cloud').cut();
  caller.close('silence');
  await box.run(10_000);
  assert.deepEqual([atCaller.closed, atCallee.closed], ['silence', undefined]);
});

test('network: a reset tells both ends [TST-12]', async () => {
  const { box, network, caller, atCaller, atCallee } = await connected();
  caller.send(Buffer.from('under way'));
  network.between('edge', 'cloud').reset();
  await box.run(1_000);
  assert.deepEqual([atCaller.closed, atCallee.closed], ['reset by the network', 'reset by the network']);
  assert.deepEqual(atCallee.frames, []);
});

test('network: a machine without power is silent; back again it resets what it does not know [TST-13]', async () => {
  const { box, caller, atCaller } = await connected();
  const cloud = box.machine('cloud');
  cloud.cut();
  caller.send(Buffer.from('anybody?'));
  await box.run(60_000);
  assert.equal(atCaller.closed, undefined);
  cloud.boot();
  caller.send(Buffer.from('anybody?'));
  await box.run(61_000);
  assert.equal(atCaller.closed, 'reset by the peer');
});

test('network: a machine that lost power neither sends nor hears [TST-13]', async () => {
  const { box, caller, callee, atCaller, atCallee } = await connected();
  callee.send(Buffer.from('to a dead machine'));
  box.machine('edge').cut();
  assert.equal(caller.send(Buffer.from('from a dead machine')), false);
  caller.close();
  await box.run(10_000);
  assert.deepEqual([atCaller.frames, atCallee.frames, atCallee.closed], [[], [], undefined]);
});

test('network: an attempt to connect ends as its way is [TST-12]', async () => {
  const { box, network } = await connected();
  const edge = box.machine('edge').life!;
  const way = network.between('edge', 'cloud');
  const attempt = async (address: string): Promise<string> => {
    const from = box.clock.ticks();
    let outcome = '';
    const end = (what: string): void => void (outcome = `${what} ${box.clock.ticks() - from < 100 ? 'soon' : 'late'}`);
    network.connect(edge, address).then(
      () => end('connected'),
      (cause: { code: string }) => end(cause.code),
    );
    await box.run(from + 20_000);
    return outcome;
  };
  assert.equal(await attempt('cloud:link'), 'connected soon');
  assert.equal(await attempt('cloud:other'), 'ECONNREFUSED soon');
  way.refuse = true;
  assert.equal(await attempt('cloud:link'), 'ECONNREFUSED soon');
  way.refuse = false;
  way.cut();
  assert.equal(await attempt('cloud:link'), 'ETIMEDOUT late');
  way.heal();
  assert.equal(await attempt('cloud:link'), 'connected soon');
  box.machine('cloud').cut();
  assert.equal(await attempt('cloud:link'), 'ETIMEDOUT late');
});

test('network: an attempt ends with the reason of its signal, and the far end is closed again [TST-12]', async () => {
  const { box, network } = await connected();
  const heard: Heard[] = [];
  network.listen(box.machine('cloud').life!, 'other', (connection) => heard.push(listenTo(connection)));
  const over = new AbortController();
  let reason: unknown;
  network.connect(box.machine('edge').life!, 'cloud:other', over.signal).catch((cause: unknown) => (reason = cause));
  over.abort('changed my mind');
  await box.run(1_000);
  assert.equal(reason, 'changed my mind');
  assert.equal(heard[0]?.closed, 'nobody waits for it any more');
  await assert.rejects(
    network.connect(box.machine('edge').life!, 'cloud:other', over.signal),
    (cause) => cause === 'changed my mind',
  );
});

test('network: a port is listened on by one, until it stops or loses power [TST-12]', async () => {
  const { box, network } = await connected();
  const cloud = box.machine('cloud');
  assert.throws(() => network.listen(cloud.life!, 'link', () => undefined), /cloud:link is taken/);
  const stop = network.listen(cloud.life!, 'other', () => undefined);
  stop();
  network.listen(cloud.life!, 'other', () => undefined);
  stop();
  assert.throws(() => network.listen(cloud.life!, 'other', () => undefined), /taken/);
  network.listen(cloud.boot(), 'link', () => undefined);
});

test('network: what is lost is sent again later, and all that comes behind waits for it; healing ends that [TST-53]', async () => {
  const { box, caller, atCallee, network } = await connected();
  const way = network.between('edge', 'cloud');
  way.loss = 0.3;
  for (const frame of text(50)) caller.send(Buffer.from(frame));
  await box.run(350);
  assert.ok(atCallee.frames.length < 50, 'nothing was lost');
  await box.run(300_000);
  assert.deepEqual(atCallee.frames, text(50));
  way.heal();
  caller.send(Buffer.from('at once'));
  await box.run(300_100);
  assert.equal(atCallee.frames.at(-1), 'at once');
});

test('network: a way may be made slow, and healing gives it its bandwidth back [TST-53]', async () => {
  const { box, network, caller, atCallee } = await connected();
  const way = network.between('edge', 'cloud');
  way.bytesPerSecond = 1;
  caller.send(Buffer.from('12345'));
  assert.equal(caller.bufferedBytes, 5);
  await box.run(3_100);
  assert.equal(caller.bufferedBytes, 2);
  assert.deepEqual(atCallee.frames, []);
  way.refuse = true;
  way.heal();
  await box.run(6_000);
  assert.deepEqual([way.refuse, way.bytesPerSecond, atCallee.frames], [false, 10_000_000, ['12345']]);
});

test('network: the wires that were used are known [TST-12]', async () => {
  const { network } = await connected();
  assert.deepEqual(network.wires(), [network.between('edge', 'cloud')]);
});

test('road: datagrams are lost, doubled and reordered by the chances it has [TST-14]', async () => {
  const box = world(4);
  const arrived: number[] = [];
  const parts = { timeline: box.timeline, random: box.chance('road') };
  const one = road<number>(
    { delay: { min: 1, max: 200 }, loss: 0.1, duplication: 0.2 },
    parts,
    (i) => void arrived.push(i),
  );
  for (let i = 0; i < 2_000; i++) box.after(i, () => one.carry(i));
  box.after(2_500, () => {
    one.open = false;
    one.carry(-1);
  });
  await box.run(5_000);
  const kinds = new Set(arrived).size;
  assert.ok(Math.abs(arrived.length - 2_000 * 1.2 * 0.9) < 120, `${arrived.length} arrived`);
  assert.ok(kinds < 2_000 && kinds > 1_750, `${kinds} different ones`);
  assert.ok(arrived.some((i, at) => at > 0 && i < arrived[at - 1]!));
  assert.ok(!arrived.includes(-1));
});
