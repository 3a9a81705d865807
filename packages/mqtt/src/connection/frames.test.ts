import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packet } from '../../test/support/wire.ts';
import { Frames } from './frames.ts';

const ordinary = { large: () => false, assemble: () => undefined, assembled: () => undefined };

/** Feeds the chunks; gives each packet as text, and the refusal if there is one. */
function read(sizeMax: number, ...chunks: readonly number[][]): string[] {
  const frames = new Frames(sizeMax);
  const got: string[] = [];
  const sink = {
    ...ordinary,
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
    ...ordinary,
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
    ...ordinary,
    frame: () => true,
    broken: (_code: number, why: string) => assert.fail(why),
  });
  assert.equal(process.memoryUsage().arrayBuffers - before < 2 ** 20, true);
});

test('frames: a large packet is asked about by its length alone, and its body is left to who takes it [MQB-150]', () => {
  const stream = Buffer.concat([packet(0x30, Buffer.alloc(20, 1)), packet(0xc0), packet(0x30, Buffer.alloc(3, 2))]);
  for (let cut = 1; cut <= 22; cut++) {
    const frames = new Frames(1_000, 20);
    const got: string[] = [];
    let left = 0;
    const sink = {
      ...ordinary,
      large: (first: number, size: number) => {
        got.push(`large ${first} ${size}`);
        left = size;
        return true;
      },
      frame: (first: number, _bytes: Buffer, start: number, end: number) => got.push(`${first}:${end - start}`) > 0,
      broken: (_code: number, why: string) => assert.fail(why),
    };
    for (const chunk of [stream.subarray(0, cut), stream.subarray(cut)]) {
      for (let at = 0; at < chunk.length; ) {
        const mine = Math.min(left, chunk.length - at);
        left -= mine;
        at = mine > 0 ? at + mine : frames.feed(chunk, at, sink);
      }
    }
    assert.deepEqual(got, ['large 48 20', '192:0', '48:3'], `cut at ${cut}`);
  }
});

test('frames: one that nobody takes asks for its memory once, and tells when it needs it no more [MQB-150]', () => {
  const frames = new Frames(1_000, 20);
  const got: string[] = [];
  const sink = {
    large: () => false,
    assemble: (size: number) => void got.push(`assemble ${size}`),
    assembled: () => void got.push('assembled'),
    frame: (first: number, _bytes: Buffer, start: number, end: number) => got.push(`${first}:${end - start}`) > 0,
    broken: (code: number) => void got.push(`broken ${code}`),
  };
  const large = packet(0x82, Buffer.alloc(40));
  frames.feed(large, 0, sink);
  assert.deepEqual(got.splice(0), ['130:40'], 'one that is whole needs none');
  for (const byte of large) frames.feed(Buffer.of(byte), 0, sink);
  assert.deepEqual(got.splice(0), ['assemble 42', 'assembled', '130:40']);
  frames.feed(Buffer.concat([large.subarray(0, 30)]), 0, sink);
  frames.feed(Buffer.concat([large.subarray(30), packet(0xc0)]), 0, sink);
  assert.deepEqual(got.splice(0), ['assemble 42', 'assembled', '130:40', '192:0']);
});
