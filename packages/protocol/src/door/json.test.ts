import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { test } from 'node:test';
import type { Value } from '../reading.ts';
import { emptyDraft, type ReadingDraft } from '../reading-draft.ts';
import { decodeJson } from './json.ts';
import type { PayloadFailure } from './payload-failure.ts';

function decode(payload: string | Uint8Array): { failure: PayloadFailure | undefined; draft: ReadingDraft } {
  const draft = emptyDraft();
  const bytes = Buffer.from(payload as string);
  return { failure: decodeJson(draft, bytes, 0, bytes.length), draft };
}

function read(payload: string): ReadingDraft {
  const { failure, draft } = decode(payload);
  assert.equal(failure, undefined, payload);
  return draft;
}

function valuesOf(payload: string): [string, Value][] {
  const draft = read(payload);
  return draft.names.slice(0, draft.count).map((name, index) => [name, draft.values[index]!]);
}

const reasonOf = (payload: string | Uint8Array): string | undefined => decode(payload).failure?.reason;

test('json door: an object of values becomes a reading, its names in order [PRO-10]', () => {
  assert.deepEqual(valuesOf('{"temperature":91.5,"open":true,"state":"on","humidity":-0}'), [
    ['humidity', -0],
    ['open', true],
    ['state', 'on'],
    ['temperature', 91.5],
  ]);
});

test('json door: the payload is read where it lies among other bytes [PRO-10]', () => {
  const bytes = Buffer.from('xx{"t":1}{"t":2}');
  const draft = emptyDraft();
  assert.equal(decodeJson(draft, bytes, 2, 9), undefined);
  assert.equal(draft.values[0], 1);
});

test('json door: objects and lists inside are flattened, null says that there is none [PRO-10]', () => {
  assert.deepEqual(valuesOf('{"battery":{"level":80,"cells":[3.1,null,3.3]},"phase":[],"error":null}'), [
    ['battery.cells.0', 3.1],
    ['battery.cells.2', 3.3],
    ['battery.level', 80],
  ]);
  assert.deepEqual(valuesOf('{"":{"a":1},"x":{"":2}}'), [
    ['.a', 1],
    ['x.', 2],
  ]);
});

test('json door: a payload without time or name says so [PRO-10]', () => {
  const { takenAt, boot, seq } = read('{"t":1}');
  assert.deepEqual({ takenAt, boot, seq }, { takenAt: -1, boot: -1, seq: -1 });
});

test('json door: timestamp is the time taken, at the top only [PRO-11]', () => {
  assert.equal(read('{"t":1,"timestamp":1700000000}').takenAt, 1_700_000_000_000);
  assert.equal(read('{"t":1,"timestamp":"2023-11-14T22:13:20Z"}').takenAt, 1_700_000_000_000);
  assert.equal(read('{"t":1,"timestamp":null}').takenAt, -1);
  assert.deepEqual(valuesOf('{"a":{"timestamp":5}}'), [['a.timestamp', 5]]);
  for (const time of ['"noon"', '-5', 'true', '{}', '1e999', '"1960-01-01T00:00:00Z"'])
    assert.equal(reasonOf(`{"t":1,"timestamp":${time}}`), 'time-unreadable', time);
});

test('json door: $boot and $seq name the reading [PRO-12]', () => {
  const { boot, seq } = read('{"t":1,"$boot":4294967295,"$seq":9007199254740991}');
  assert.deepEqual({ boot, seq }, { boot: 4_294_967_295, seq: Number.MAX_SAFE_INTEGER });
  const zero = read('{"t":1,"$boot":-0,"$seq":-0}');
  assert.ok(Object.is(zero.boot, 0) && Object.is(zero.seq, 0));
});

test('json door: half a name, or one that is no whole number, is refused [PRO-12]', () => {
  const names = [
    '"$boot":1',
    '"$seq":1',
    '"$boot":null,"$seq":1',
    '"$boot":4294967296,"$seq":1',
    '"$boot":1,"$seq":9007199254740993',
    '"$boot":1,"$seq":-1',
    '"$boot":1,"$seq":1.5',
    '"$boot":"1","$seq":1',
    '"$boot":1,"$seq":1e999',
  ];
  for (const name of names) assert.equal(reasonOf(`{"t":1,${name}}`), 'sequence-unreadable', name);
});

test('json door: other names with $ are reserved at the top [PRO-12]', () => {
  assert.equal(reasonOf('{"t":1,"$x":1}'), 'reserved-name');
  assert.equal(reasonOf('{"t":1,"$":"a"}'), 'reserved-name');
  assert.deepEqual(valuesOf('{"a":{"$x":1}}'), [['a.$x', 1]]);
});

test('json door: each limit passes at its edge and has its own reason beyond [PRO-13]', () => {
  const many = (count: number): string =>
    JSON.stringify(Object.fromEntries([...Array(count).keys()].map((i) => [`n${i}`, i])));
  const cases: [reason: string, at: string, beyond: string][] = [
    ['too-many-values', many(64), many(65)],
    ['name-unfit', `{"${'n'.repeat(64)}":1}`, `{"${'n'.repeat(65)}":1}`],
    ['name-unfit', '{" ":1}', '{"":1}'],
    ['name-unfit', `{"${'n'.repeat(31)}":{"${'m'.repeat(32)}":1}}`, `{"${'n'.repeat(32)}":{"${'m'.repeat(32)}":1}}`],
    ['value-too-long', `{"s":"${'x'.repeat(1_024)}"}`, `{"s":"${'x'.repeat(1_025)}"}`],
    ['too-deep', '{"a":[[[1]]]}', '{"a":[[[[1]]]]}'],
    ['value-not-finite', '{"t":1.7976931348623157e308}', '{"t":1e309}'],
    ['value-not-finite', '{"t":-1e308}', '{"t":-1e309}'],
  ];
  for (const [reason, at, beyond] of cases) {
    assert.equal(reasonOf(at), undefined, `${reason}: ${at.slice(0, 60)}`);
    assert.equal(reasonOf(beyond), reason, beyond.slice(0, 60));
  }
});

test('json door: what holds no value is refused [PRO-10]', () => {
  for (const payload of ['{}', '{"a":null}', '{"a":{},"b":[]}', '{"timestamp":1700000000}', '{"$boot":1,"$seq":2}'])
    assert.equal(reasonOf(payload), 'no-value', payload);
});

test('json door: what is no JSON object has a reason [PRO-14]', () => {
  for (const payload of ['', '{', '{"a":1}}', '{a:1}', '{"a":NaN}', "{'a':1}", '{"a":1,}', '\ufeff{"a":1}', '\u0000'])
    assert.equal(reasonOf(payload), 'payload-not-json', payload);
  for (const payload of ['5', 'null', '"text"', '[1]', 'true'])
    assert.equal(reasonOf(payload), 'payload-not-object', payload);
});

test('json door: nesting that would exhaust a stack is only too deep [PRO-14]', () => {
  const deep = 100_000;
  assert.equal(reasonOf(`{"a":${'['.repeat(deep)}${']'.repeat(deep)}}`), 'too-deep');
  assert.equal(reasonOf(`{"a":${'{"a":'.repeat(deep)}1${'}'.repeat(deep)}}`), 'too-deep');
});

test('json door: bytes that are not UTF-8 are refused, never replaced [PRO-15]', () => {
  const broken = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xf5, 0x80, 0x80, 0x80], [0xf0, 0x82, 0x82, 0xac]];
  for (const bytes of broken) {
    const payload = Buffer.concat([Buffer.from('{"s":"'), Buffer.from(bytes), Buffer.from('"}')]);
    assert.equal(reasonOf(payload), 'payload-not-utf8', payload.toString('hex'));
  }
  assert.deepEqual(valuesOf('{"s":"\ufffd"}'), [['s', '\ufffd']]);
});

test('json door: half a surrogate pair is refused, never replaced [PRO-15]', () => {
  assert.equal(reasonOf('{"s":"\\ud800"}'), 'value-not-text');
  assert.equal(reasonOf('{"\\udc00":1}'), 'name-unfit');
  assert.deepEqual(valuesOf('{"s":"\\ud83d\\ude00"}'), [['s', '😀']]);
});

test('json door: two values of one name are refused, never chosen from [PRO-16]', () => {
  assert.equal(reasonOf('{"a.b":1,"a":{"b":2}}'), 'name-doubled');
  assert.equal(reasonOf('{"a":{"b":1},"m":0,"z":0,"a.b":1}'), 'name-doubled');
});

test('json door: names that objects have of themselves are kept, __proto__ is refused [PRO-4]', () => {
  assert.deepEqual(valuesOf('{"constructor":1,"toString":"a","hasOwnProperty":false}'), [
    ['constructor', 1],
    ['hasOwnProperty', false],
    ['toString', 'a'],
  ]);
  assert.equal(reasonOf('{"__proto__":1}'), 'name-unfit');
  assert.deepEqual(valuesOf('{"__proto__":{"polluted":1}}'), [['__proto__.polluted', 1]]);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});
