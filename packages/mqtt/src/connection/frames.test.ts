import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frames } from './frames.ts';

/** Feeds the chunks; gives each packet as text, and the refusal if there is one. */
function read(sizeMax: number, ...chunks: readonly number[][]): string[] {
  const frames = new Frames(sizeMax);
  const got: string[] = [];
  const sink = {
    frame(first: number, bytes: Buffer, start: number, end: number) {
      got.push(`${first}:${bytes.toString('hex', start, end)}`);
      return true;
    },
    broken: (code: number) => void got.push(`broken ${code}`),
  };
  for (const chunk of chunks) frames.feed(Buffer.from(chunk), 0, sink);
  return got;
}

test('frames: packets are cut where their length says [MQB-1]', () => {
  assert.deepEqual(read(100, [0xc0, 0, 0x30, 2, 1, 2, 0xe0, 0]), ['192:', '48:0102', '224:']);
  assert.deepEqual(read(100, [0xc0], [0], [0x30], [2, 1], [2, 0xe0, 0]), ['192:', '48:0102', '224:']);
  assert.deepEqual(read(100, [0x30, 3, 1], [2], [], [3, 0xc0, 0]), ['48:010203', '192:']);
});

test('frames: lengths of up to four bytes are read, in their shortest form only [MQTT-1.5.5-1]', () => {
  const body = Array.from({ length: 128 }, () => 7);
  assert.equal(read(1_000, [0x30, 0x80, 1, ...body])[0], `48:${'07'.repeat(128)}`);
  assert.equal(read(1_000, [0x30, 0x80], [1], body)[0], `48:${'07'.repeat(128)}`);
  for (const wrong of [
    [0x80, 0],
    [0x82, 0],
    [0x80, 0x80, 0],
    [0x80, 0x80, 0x80, 0x80],
    [0xff, 0xff, 0xff, 0xff, 1],
  ]) {
    assert.deepEqual(read(1_000, [0xc0, 0, 0x30, ...wrong, 0, 0]), ['192:', 'broken 129']);
    assert.deepEqual(read(1_000, [0x30], ...wrong.map((byte) => [byte])), ['broken 129']);
  }
});

test('frames: a packet beyond the bound is refused by the length it announces [MQB-3]', () => {
  assert.deepEqual(read(10, [0x30, 8, 1, 2, 3, 4, 5, 6, 7, 8]), ['48:0102030405060708']);
  assert.deepEqual(read(10, [0x30, 9]), ['broken 149']);
  assert.deepEqual(read(10, [0x30], [0xff], [0xff], [0xff], [0x7f]), ['broken 149']);
});

test('frames: a sink that has enough gets no more, and is told where it stopped', () => {
  const frames = new Frames(100);
  const got: number[] = [];
  const sink = {
    frame: (first: number) => got.push(first) < 1,
    broken: (_code: number, why: string) => assert.fail(why),
  };
  const chunk = Buffer.from([0x10, 1, 9, 0xc0, 0, 0xe0, 0]);
  assert.equal(frames.feed(chunk, 0, sink), 3);
  assert.deepEqual(got, [0x10]);
  assert.equal(new Frames(100).feed(chunk.subarray(0, 2), 0, sink), 2);
});

test('frames: what is held grows with the bytes that came, not with what was announced [MQB-3]', () => {
  const frames = new Frames(2 ** 29);
  const before = process.memoryUsage().arrayBuffers;
  frames.feed(Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f, 1, 2, 3]), 0, {
    frame: () => true,
    broken: (_code: number, why: string) => assert.fail(why),
  });
  assert.equal(process.memoryUsage().arrayBuffers - before < 2 ** 20, true);
});
