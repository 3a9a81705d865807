import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Topics } from './topics.ts';

test('topics: the same bytes give the same topic, wherever they lie [MQB-6]', () => {
  const topics = new Topics(10);
  const bytes = Buffer.from('xx sensors/pump-7/data yy');
  const topic = topics.fromBytes(bytes, 3, 22);
  assert.equal(topic?.text, 'sensors/pump-7/data');
  assert.equal(topics.fromBytes(Buffer.from('sensors/pump-7/data'), 0, 19), topic);
  assert.equal(topics.fromText('sensors/pump-7/data'), topic);
  bytes.fill(0);
  assert.equal(topic?.bytes.toString(), 'sensors/pump-7/data');
});

test('topics: the table has a bound, and what it forgets is found anew [MQB-6]', () => {
  const topics = new Topics(10);
  const texts = Array.from({ length: 30_000 }, (_, n) => `devices/${n}/data`);
  const first = texts.map((text) => topics.fromText(text));
  const second = texts.map((text) => topics.fromText(text));
  assert.deepEqual(
    second.map((topic) => topic?.text),
    texts,
  );
  assert.equal(first.filter((topic, index) => topic === second[index]).length < 8_193, true);
  const long = 'x'.repeat(300);
  assert.notEqual(topics.fromText(long), topics.fromText(long));
});

test('topics: what is no topic says why [MQTT-3.3.2-1] [MQTT-3.3.2-2] [MQTT-4.7.3-1] [MQTT-4.7.3-2] [MQB-5]', () => {
  const topics = new Topics(3);
  const codes = [[''], ['a/+'], ['#'], ['a\0'], ['a/b/c/d'], [Buffer.of(0xc3)]].map(([value]) => {
    const bytes = Buffer.from(value as string);
    assert.equal(topics.fromBytes(bytes, 0, bytes.length), undefined);
    return topics.why(bytes, 0, bytes.length).code;
  });
  assert.deepEqual(codes, [0x82, 0x90, 0x90, 0x81, 0x90, 0x81]);
  assert.deepEqual(
    [topics.fromText('$SYS/x')?.system, topics.fromText('a/$SYS')?.system, topics.fromText('/')?.text],
    [true, false, '/'],
  );
});
