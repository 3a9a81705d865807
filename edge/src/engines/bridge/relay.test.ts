import assert from 'node:assert/strict';
import { test } from 'node:test';
import { message, recorded } from './relay.fixture.ts';

test('relay: each acknowledgement of the sink becomes ours to the source, under the same packet identifier [BRG-5]', () => {
  const { one, heard, count } = recorded();
  void one.published(message('a', 1), 7);
  assert.deepEqual(heard(), ['sink publish 7 a qos 1']);
  one.acknowledged(7, 0x10);
  assert.deepEqual(heard(), ['source puback 7']);
  void one.published(message('b', 2), 8);
  one.received(8, 0);
  one.released(8);
  one.completed(8);
  assert.deepEqual(heard(), ['sink publish 8 b qos 2', 'source pubrec 8', 'sink pubrel 8', 'source pubcomp 8']);
  assert.deepEqual([one.inFlight, count.forwarded], [0, 2]);
});

test('relay: a release of a handshake before the crash is passed on [BRG-7]', () => {
  const { one, heard } = recorded();
  one.released(3);
  one.completed(3);
  assert.deepEqual(heard(), ['sink pubrel 3', 'source pubcomp 3']);
});

test('relay: what does not cross is acknowledged to the source and to it alone [BRG-9]', () => {
  const { one, heard, dropped } = recorded({ decide: () => ({ ok: false, reason: 'looped' }) });
  for (const qos of [0, 1, 2] as const) void one.published(message('a', qos), qos);
  one.released(2);
  assert.deepEqual(heard(), ['source puback 1', 'source pubrec 2', 'source pubcomp 2']);
  assert.deepEqual(dropped, ['looped', 'looped', 'looped']);
});

test('relay: a refusal for good ends at the source, a refusal for now ends the connections unacknowledged [BRG-9] [BRG-10]', () => {
  const { one, heard, dropped, faults } = recorded();
  void one.published(message('a', 1), 1);
  void one.published(message('b', 2), 2);
  heard();
  one.acknowledged(1, 0x87);
  one.received(2, 0x90);
  one.released(2);
  assert.deepEqual(heard(), ['source puback 1', 'source pubrec 2', 'source pubcomp 2']);
  assert.deepEqual([dropped, one.inFlight], [['refused', 'refused'], 0]);
  for (const [qos, answer] of [
    [1, one.acknowledged],
    [2, one.received],
  ] as const) {
    void one.published(message('c', qos), 3);
    heard();
    answer(3, 0x97);
    assert.deepEqual(heard(), []);
    one.completed(3);
    heard();
  }
  assert.deepEqual(faults, ['BRIDGE_QUOTA', 'BRIDGE_QUOTA']);
});

test('relay: to a broker of a lower QoS a message goes with that, and the handshake with the source is whole [BRG-5]', () => {
  const low = recorded({}, { qosMax: 1 });
  void low.one.published(message('a', 2), 4);
  low.one.acknowledged(4, 0);
  low.one.released(4);
  assert.deepEqual(low.heard(), ['sink publish 4 a qos 1', 'source pubrec 4', 'source pubcomp 4']);
  const none = recorded({}, { qosMax: 0 });
  void none.one.published(message('a', 1), 4);
  assert.deepEqual(none.heard(), ['sink publish 0 a qos 0', 'source puback 4']);
});

test('relay: of a source that sends more than the sink takes at once, no more is read until the sink has answered one [BRG-11]', async () => {
  for (const [qos, answer] of [
    [1, 'acknowledged'],
    [2, 'received'],
  ] as const) {
    const { one } = recorded({}, { receiveMax: 2 });
    assert.equal(one.published(message('a', qos), 1), undefined);
    const room = one.published(message('a', qos), 2);
    assert.ok(room);
    one[answer](1, 0);
    await room;
  }
});

test('relay: acknowledgements that belong to nothing are passed over [BRG-5]', () => {
  const { one, heard } = recorded();
  one.acknowledged(1, 0);
  one.received(1, 0);
  void one.published(message('a', 2), 1);
  one.acknowledged(1, 0);
  assert.deepEqual(heard(), ['sink publish 1 a qos 2']);
});
