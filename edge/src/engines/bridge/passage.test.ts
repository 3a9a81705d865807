import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Duration, seconds } from '@selvedge/kernel';
import { simulatedClock } from '@selvedge/testkit';
import { type Echoes, echoes } from './echoes.ts';
import { mapping } from './mapping.ts';
import { packetSize } from './packet-size.ts';
import { type Passage, passage } from './passage.ts';
import { limits, message } from './relay.fixture.ts';
import { type Direction, ruleDefaults } from './rule.ts';
import { hopsMax, type UserProperties, viaName } from './via.ts';

const rules = [{ ...ruleDefaults, direction: 'both', filter: '#', localPrefix: 'l/', remotePrefix: 'r/' }] as const;
const clock = simulatedClock();
const open = (direction: Direction, memory?: Echoes) =>
  passage(
    { direction, node: 'n', bridge: 'b', mapping: mapping(rules, direction), echoes: memory, comesBack: () => true },
    clock,
  );
const via = (...hops: string[]): UserProperties => hops.map((hop) => [viaName, hop]);
const with_ = (topic: string, userProperties: UserProperties) => message(topic, 1, { properties: { userProperties } });
const outcome = (found: Passage): unknown => (found.ok ? found.message.properties.userProperties : found.reason);

test('passage: each bridge marks what crosses it, and what has crossed here before does not cross again [BRG-12]', () => {
  const own = [['a', '1']] as const;
  assert.deepEqual(outcome(open('out')(with_('l/x', own), limits)), [...own, ...via('n/b')]);
  // It came in by another bridge of this node, and goes on.
  assert.deepEqual(outcome(open('out')(with_('l/x', via('m/c', 'n/other')), limits)), via('m/c', 'n/other', 'n/b'));
  assert.equal(outcome(open('out')(with_('l/x', via('n/b')), limits)), 'looped');
  assert.equal(outcome(open('in')(with_('r/x', via('n/other')), limits)), 'looped');
  assert.deepEqual(outcome(open('in')(with_('r/x', via('nn/b')), limits)), via('nn/b', 'n/b'));
  const far = Array.from({ length: hopsMax }, (_, index) => `m${index}/b`);
  assert.equal(outcome(open('in')(with_('r/x', via(...far)), limits)), 'hops');
  assert.equal(outcome(open('in')(message('other', 1), limits)), 'unmapped');
});

test('passage: from a 3.1.1 broker a message that went out is known again once for each time that it went [BRG-14]', () => {
  const memory = echoes({ sizeMax: 10, ageMax: seconds(60) });
  const [out, back] = [open('out', memory), open('in', memory)];
  const payload = Buffer.from('on');
  for (let times = 0; times < 2; times++) assert.ok(out(message('l/x', 1, { payload }), limits).ok);
  const came = () => back(message('r/x', 1, { payload }), limits).ok;
  assert.deepEqual([came(), came(), came()], [false, false, true]);
  assert.ok(back(message('r/x', 1, { payload: Buffer.from('off') }), limits).ok);
});

test('passage: what went out is remembered for a bounded time and number [BRG-14]', async () => {
  const age: Duration = seconds(60);
  const memory = echoes({ sizeMax: 2, ageMax: age });
  const payload = Buffer.from('x');
  for (const topic of ['a', 'b', 'c']) memory.went(topic, payload, 0);
  assert.deepEqual([memory.size, memory.forgotten], [2, 1]);
  assert.equal(memory.came('a', payload, 0), false);
  assert.equal(memory.came('b', payload, age - 1), true);
  assert.equal(memory.came('c', payload, age), false);
  assert.equal(memory.size, 0);
});

test('passage: a packet of exactly the size that a broker takes crosses, one byte more does not [BRG-9]', () => {
  const properties = {
    payloadIsText: true,
    messageExpiry: 5,
    contentType: 'c',
    responseTopic: 'r',
    correlationData: Buffer.from('7'),
    userProperties: via('n/b'),
  };
  const one = message('r/x', 1, { payload: Buffer.alloc(100), properties });
  // 2+5 (topic: 2+3) +2 (id) + 100; properties 2 + 5 + (1+2+1) + (1+2+1) + (1+2+1) + (1+2+12+2+3), and their length in 1.
  const body = 5 + 2 + 100 + 1 + (2 + 5 + 4 + 4 + 4 + 20);
  assert.equal(packetSize(one, 5), 1 + 2 + body);
  assert.equal(packetSize(one, 4), 1 + 1 + 5 + 2 + 100);
  const sent = message('l/x', 1, { payload: Buffer.alloc(100), properties: { ...properties, userProperties: [] } });
  const at = (packetSizeMax: number) => open('out')(sent, { ...limits, packetSizeMax }).ok;
  assert.deepEqual([at(3 + body), at(2 + body)], [true, false]);
});

test('passage: to a broker that retains nothing a message goes unretained [BRG-4]', () => {
  const found = open('out')(message('l/x', 1, { retain: true }), { ...limits, retains: false });
  assert.equal(found.ok && found.message.retain, false);
});
