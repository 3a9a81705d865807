import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Clock, type Duration, millis, seconds } from '@selvedge/kernel';
import { type ConfiguredFrame, decodeFrame, encodeFrame, type TwinFrame } from '@selvedge/protocol';
import type { LinkFlow } from '../../ports.ts';
import { linkBudget } from '../budget/budget.ts';
import { meter } from '../budget/meter.ts';
import { sideFrames } from './side-frames.ts';

const noPrice = { link: 'test', pricePerMegabyte: 0, capBytes: 0 };
const limits = { windowMax: 2 ** 21, delayMax: millis(200), queueMax: [100, 500, 1_000, 2_000], lifetime: seconds(30) };

/** A clock that the test moves by a millisecond at a time. */
function handClock() {
  let now = 0;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  const clock: Clock = {
    wall: () => now,
    ticks: () => now,
    sleep: (wait: Duration) => new Promise((wake) => void sleepers.push({ at: now + wait, wake })),
    soon: (task) => task(),
  };
  const tick = async (): Promise<void> => {
    now += 1;
    const due = sleepers.filter(({ at }) => at <= now);
    sleepers = sleepers.filter(({ at }) => at > now);
    for (const { wake } of due) wake();
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  };
  return { clock, tick };
}

/** A node's side frames over a link of so many bytes for a second, one frame behind the other. */
function setUp({ rate = 8_000, capacity = 0 } = {}) {
  const { clock, tick } = handClock();
  const budget = linkBudget({ ...limits, capacity }, meter(noPrice, undefined));
  const over = new AbortController();
  const heard: TwinFrame[] = [];
  const sizes: number[] = [];
  let freeAt = 0;
  const carry = (size: number): number => (freeAt = Math.max(freeAt, clock.ticks()) + (size * 1_000) / rate);
  const ship = (bytes: Uint8Array): void => {
    const frame = decodeFrame(Buffer.from(bytes));
    assert.ok(frame.ok && (frame.value.type === 'twin' || frame.value.type === 'configured'));
    heard.push(frame.value.body as TwinFrame);
    sizes.push(bytes.length);
    carry(bytes.length);
  };
  const side = sideFrames({ clock, budget, ship, signal: over.signal });
  return { clock, tick, budget, side, heard, sizes, carry, over };
}

const digestsOf = (count: number, from = 0): readonly (readonly [string, string])[] =>
  Array.from({ length: count }, (_, index) => [`pump-${from + index}`, '0123456789abcdef0123456789abcdef'] as const);

/** The lateness of alarms on a link of 64 kbit/s with endless backlog while 1 000 twins are compared. */
async function alarmsBeside(withTwins: boolean) {
  const one = setUp();
  const { clock, tick, budget, side, heard, carry } = one;
  const late: number[] = [];
  const flying: { readonly at: number; readonly departure: unknown }[] = [];
  let due: number | undefined;
  const wants = ({ klass, tier }: LinkFlow): boolean =>
    tier === 'backlog' ? klass > 0 : klass === 0 && due !== undefined;
  for (let now = 0; now < 60_000; now++) {
    if (now === 10_000 && withTwins)
      for (let frame = 0; frame < 2; frame++)
        side.send({
          type: 'twin',
          body: { kind: 'digests', digests: digestsOf(500, frame * 500), last: frame === 1 },
        });
    while (flying[0] && flying[0].at <= now) budget.acknowledged(flying.shift()!.departure, now);
    if (now % 1_000 === 0) budget.watch(now);
    if (now % 2_900 === 0) due ??= now;
    for (;;) {
      const turn = budget.next(wants, now, now);
      if (!('flow' in turn)) break;
      const size = turn.flow.klass === 0 ? 300 : budget.frameBytes;
      const passed = carry(size);
      flying.push({ at: passed + 60, departure: budget.sent(turn.flow, size, now) });
      if (turn.flow.klass > 0) continue;
      late.push(passed + 30 - due!);
      due = undefined;
    }
    await tick();
  }
  assert.equal(clock.ticks(), 60_000);
  return { worst: Math.max(...late.slice(3)), count: late.length, heard, sizes: one.sizes };
}

test('side frames: a comparison of a thousand twins holds up no alarm on 64 kbit/s [BUD-12] [BUD-7]', async () => {
  const [without, beside] = [await alarmsBeside(false), await alarmsBeside(true)];
  assert.ok(beside.count > 18, `${beside.count} alarms`);
  assert.ok(beside.worst <= 2_000, `${beside.worst} ms`);
  assert.ok(beside.worst <= without.worst + 250, `${beside.worst} ms, ${without.worst} ms without`);
  assert.ok(Math.max(...beside.sizes) <= 1_500, `${Math.max(...beside.sizes)} bytes in a frame`);
  const frames = beside.heard as Extract<TwinFrame, { kind: 'digests' }>[];
  assert.deepEqual(
    frames.flatMap(({ digests }) => digests),
    digestsOf(1_000),
    'every version once, in order',
  );
  assert.ok(frames.every(({ last }, index) => last === (index === frames.length - 1)));
});

test('side frames: what is small goes with the live data of its class and is counted there, what is large with the backlog [BUD-12]', async () => {
  const { side, budget, tick, heard } = setUp({ capacity: 100_000, rate: 100_000 });
  const devices = digestsOf(200).map(([device]) => device);
  assert.ok(side.send({ type: 'twin', body: { kind: 'want', devices } }));
  assert.ok(side.send({ type: 'twin', body: { kind: 'root', root: 'abc' } }));
  for (let turn = 0; turn < 50; turn++) {
    budget.next(() => false, turn, turn);
    await tick();
  }
  assert.deepEqual(
    heard.map(({ kind }) => kind),
    ['root', 'want'],
  );
  const [, high] = budget.view(0).classes;
  const large = encodeFrame('twin', { kind: 'want', devices }).length;
  assert.equal(high!.backlogBytes, large);
  assert.equal(high!.bytes, large + encodeFrame('twin', { kind: 'root', root: 'abc' }).length);
});

test('side frames: one comparison at a time, one state of the configuration, and a bound on all, counted [BUD-12]', async () => {
  const { side, budget, tick, heard, over } = setUp({ capacity: 100_000, rate: 100_000 });
  const root = { type: 'twin', body: { kind: 'root', root: 'abc' } } as const;
  assert.deepEqual([side.send(root), side.send(root)], [true, false]);
  const configured = (version: number) =>
    ({ type: 'configured', body: { version } as unknown as ConfiguredFrame }) as const;
  for (const version of [1, 2, 3]) assert.ok(side.send(configured(version)));
  assert.equal(side.refused, 0);
  for (let turn = 0; turn < 20; turn++) {
    budget.next(() => false, turn, turn);
    await tick();
  }
  assert.deepEqual(heard, [root.body, { version: 3 }]);
  const want = { type: 'twin', body: { kind: 'want', devices: ['pump-7'] } } as const;
  const taken = Array.from({ length: 300 }, () => side.send(want)).filter((isTaken) => isTaken).length;
  assert.deepEqual([taken, side.refused], [256, 44]);
  over.abort();
  await tick();
  assert.equal(side.send(want), false);
  budget.next(() => false, 100, 100);
  await tick();
  assert.equal(heard.length, 2, 'nothing leaves when the link has ended');
  assert.equal(budget.view(0).classes[1]!.waiting, 0);
});
