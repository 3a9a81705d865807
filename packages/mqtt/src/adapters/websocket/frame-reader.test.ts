import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameReader } from './frame-reader.ts';

/** A frame as a client sends it; `fields` break its rules. */
function frame(
  opcode: number,
  payload: Uint8Array,
  fields: { fin?: boolean; masked?: boolean; rsv?: number; long?: 2 | 8 } = {},
) {
  const { fin = true, masked = true, rsv = 0, long } = fields;
  const { length } = payload;
  const bytes = long ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const size = Buffer.alloc(bytes);
  if (bytes === 2) size.writeUInt16BE(length);
  if (bytes === 8) size.writeBigUInt64BE(BigInt(length));
  const short = bytes === 0 ? length : bytes === 2 ? 126 : 127;
  const mask = Buffer.of(0x12, 0x34, 0x56, 0x78);
  const body = masked ? payload.map((byte, at) => byte ^ mask[at & 3]!) : payload;
  const first = (fin ? 0x80 : 0) | (rsv << 4) | opcode;
  return Buffer.concat([Buffer.of(first, (masked ? 0x80 : 0) | short), size, masked ? mask : Buffer.alloc(0), body]);
}

function read(...chunks: readonly Uint8Array[]) {
  const heard = { payload: Buffer.alloc(0), pings: [] as string[], closed: undefined as number | undefined };
  const reader = new FrameReader((payload) => void heard.pings.push(payload.toString()));
  for (const chunk of chunks) heard.payload = Buffer.concat([heard.payload, reader.feed(Buffer.from(chunk))]);
  heard.closed = reader.closed;
  return heard;
}

const text = (value: string): Buffer => Buffer.from(value);
const nothing = Buffer.alloc(0);

test('ws: payloads come out of their frames however those are cut, and pings between them are answered [MQB-102] [MQTT-6.0.0-2]', () => {
  const one = fc.record({
    size: fc.integer({ min: 0, max: 300 }),
    parts: fc.integer({ min: 1, max: 3 }),
    ping: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      (messages, cuts) => {
        const frames: Buffer[] = [];
        let payload = '';
        for (const { size, parts, ping } of messages) {
          for (let part = 0; part < parts; part++) {
            const piece = String.fromCharCode(97 + (frames.length % 26)).repeat(size);
            frames.push(frame(part === 0 ? 2 : 0, text(piece), { fin: part === parts - 1 }));
            payload += piece;
            if (ping) frames.push(frame(9, text(`ping ${frames.length}`)));
          }
        }
        const all = Buffer.concat(frames);
        const chunks: Buffer[] = [];
        for (let at = 0, cut = 0; at < all.length; cut++)
          chunks.push(all.subarray(at, (at += cuts[cut % cuts.length]!)));
        const heard = read(...chunks);
        assert.equal(heard.payload.toString(), payload);
        assert.equal(
          heard.pings.length,
          messages.reduce((sum, { parts, ping }) => sum + (ping ? parts : 0), 0),
        );
        assert.equal(heard.closed, undefined);
      },
    ),
    { seed: 3, numRuns: 300 },
  );
});

test('ws: frames of every length come whole', () => {
  for (const size of [0, 125, 126, 65_535, 65_536, 200_000]) {
    assert.equal(read(frame(2, Buffer.alloc(size, 'x'))).payload.toString(), 'x'.repeat(size));
  }
});

test('ws: what the standard does not allow closes with its code, and nothing behind it is read [MQB-102] [MQTT-6.0.0-1]', () => {
  const wrong: readonly (readonly [string, number, readonly Buffer[]])[] = [
    ['a text', 1003, [frame(1, text('x'))]],
    ['no mask', 1002, [frame(2, text('x'), { masked: false })]],
    ['an extension nobody agreed on', 1002, [frame(2, text('x'), { rsv: 4 })]],
    ['an unknown opcode', 1002, [frame(3, text('x'))]],
    ['an unknown control opcode', 1002, [frame(11, text('x'))]],
    ['a ping in parts', 1002, [frame(9, text('x'), { fin: false })]],
    ['a ping of 126 bytes', 1002, [frame(9, Buffer.alloc(126))]],
    ['a continuation of nothing', 1002, [frame(0, text('x'))]],
    ['a message inside another', 1002, [frame(2, nothing, { fin: false }), frame(2, text('x'))]],
    ['a length in two bytes too many', 1002, [frame(2, text('x'), { long: 2 })]],
    ['a length in eight bytes too many', 1002, [frame(2, Buffer.alloc(200), { long: 8 })]],
    ['a length beyond counting', 1002, [Buffer.concat([Buffer.of(0x82, 0xff), Buffer.alloc(12, 0xff)])]],
    ['a close', 1000, [frame(8, nothing)]],
    ['a close with a code', 4321, [frame(8, Buffer.of(16, 225, 120))]],
    ['a close with a code that may not be said', 1002, [frame(8, Buffer.of(3, 237))]],
    ['a close with half a code', 1002, [frame(8, Buffer.of(3))]],
  ];
  for (const [what, code, frames] of wrong) {
    const heard = read(...frames, frame(2, text('behind')));
    assert.deepEqual([heard.closed, heard.payload.toString()], [code, ''], what);
  }
});
