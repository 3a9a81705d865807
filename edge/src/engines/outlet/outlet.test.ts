import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outlet, OutletMessage } from '../../ports.ts';
import { joinOutlets } from './outlet.ts';

/** A door with so many listeners that keeps what it was given. */
function door(matched: number) {
  const got: string[] = [];
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const subscribers: ((filter: string) => void)[] = [];
  const outlet: Outlet = {
    publish(message) {
      if (matched > 0) got.push(message.topic);
      return { matched, acknowledged: matched > 0 ? promise : Promise.resolve(undefined) };
    },
    onSubscribed: (listener) => void subscribers.push(listener),
    clients: matched,
  };
  return {
    outlet,
    got,
    acknowledge: resolve,
    subscribe: (filter: string) => {
      for (const subscriber of subscribers) subscriber(filter);
    },
  };
}

const message = (topic: string): OutletMessage => ({ topic, payload: Buffer.alloc(0), qos: 1 });

test('outlet: a command goes to the first door at which somebody listens, and to no other [EDG-86]', async () => {
  const doors = [door(0), door(2), door(1)];
  const outlet = joinOutlets(doors.map((one) => one.outlet));
  const sent = outlet.toOne(message('commands/a'));
  assert.equal(sent.matched, 2);
  assert.deepEqual(
    doors.map((one) => one.got),
    [[], ['commands/a'], []],
  );
  doors[1]!.acknowledge('pump');
  assert.equal(await sent.acknowledged, 'pump');
  assert.equal(joinOutlets([door(0).outlet]).toOne(message('commands/a')).matched, 0);
});

test('outlet: an alert goes to all doors, and the first client of any acknowledges it [EDG-86]', async () => {
  const doors = [door(1), door(0), door(3)];
  const outlet = joinOutlets(doors.map((one) => one.outlet));
  const sent = outlet.toAll(message('alerts/a'));
  assert.equal(sent.matched, 4);
  assert.equal(outlet.clients, 4);
  doors[0]!.acknowledge(undefined);
  doors[2]!.acknowledge('panel');
  assert.equal(await sent.acknowledged, 'panel');
});

test('outlet: when no client of any door can acknowledge any more, that is said once all have said so [EDG-86]', async () => {
  const doors = [door(1), door(1)];
  const sent = joinOutlets(doors.map((one) => one.outlet)).toAll(message('alerts/a'));
  for (const one of doors) one.acknowledge(undefined);
  assert.equal(await sent.acknowledged, undefined);
  assert.equal(await joinOutlets([]).toAll(message('alerts/a')).acknowledged, undefined);
});

test('outlet: a subscription at any door is told [EDG-86]', () => {
  const doors = [door(1), door(1)];
  const heard: string[] = [];
  joinOutlets(doors.map((one) => one.outlet)).onSubscribed((filter) => heard.push(filter));
  doors[1]!.subscribe('commands/a');
  doors[0]!.subscribe('commands/+');
  assert.deepEqual(heard, ['commands/a', 'commands/+']);
});
