import assert from 'node:assert/strict';
import { test } from 'node:test';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import { slots } from '../slots.ts';
import { inflate, readCoding } from './inflate.ts';
import { readZstdHead } from './zstd-frame.ts';

const bodyMax = 100_000;
const checked = { params: { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: 19 } };

async function* parts(body: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

async function inflated(
  body: Buffer,
  coding: 'identity' | 'gzip' | 'zstd',
  windows = slots(2 ** 20, 'bytes'),
  size = 7,
) {
  let text = '';
  for await (const part of inflate(parts(body, size), coding, { bodyMax, lend: windows.take })) text += part;
  assert.equal(windows.used, 0);
  return text;
}

const text = JSON.stringify(Array.from({ length: 500 }, (_, index) => ({ index })));

test('inflate: what was compressed comes out as it was, and memory for windows is given back [EDG-85]', async () => {
  for (const size of [1, 100, 1e6]) {
    assert.equal(await inflated(zstdCompressSync(text, checked), 'zstd', undefined, size), text);
    assert.equal(await inflated(zstdCompressSync(' '.repeat(9e4), checked), 'zstd', undefined, size), ' '.repeat(9e4));
  }
  assert.equal(await inflated(Buffer.from(text), 'identity'), text);
  assert.equal(await inflated(gzipSync(text), 'gzip'), text);
  assert.equal(await inflated(zstdCompressSync(text), 'zstd'), text);
  assert.equal(await inflated(zstdCompressSync(''), 'zstd', undefined, 1), '');
});

test('inflate: a bomb is stopped at the limit, whatever it would become [EDG-85]', async () => {
  const large = Buffer.alloc(bodyMax + 1);
  for (const coding of ['gzip', 'zstd'] as const) {
    const bomb = coding === 'gzip' ? gzipSync(Buffer.alloc(50e6)) : zstdCompressSync(Buffer.alloc(50e6));
    await assert.rejects(inflated(bomb, coding), { code: 'HTTP_BODY_TOO_LARGE' });
  }
  await assert.rejects(inflated(large, 'identity'), { code: 'HTTP_BODY_TOO_LARGE' });
});

test('inflate: what is corrupt, cut off or of another coding is told as such [EDG-85]', async () => {
  for (const coding of ['gzip', 'zstd'] as const) {
    const good = coding === 'gzip' ? gzipSync(text) : zstdCompressSync(text, checked);
    const bent = Buffer.from(good);
    bent[good.length >> 1]! ^= 0xff;
    const windows = slots(2 ** 20, 'bytes');
    for (const bad of [bent, good.subarray(0, -9), Buffer.from(text), Buffer.from('x')]) {
      await assert.rejects(inflated(bad, coding, windows), { code: 'HTTP_INVALID' }, `${coding} of ${bad.length}`);
      assert.equal(windows.used, 0);
    }
  }
});

test('inflate: a decoder gets no more memory than there is, and no window beyond the standard [EDG-85]', async () => {
  const windows = slots(100_000, 'bytes');
  const giveBack = windows.take(60_000);
  await assert.rejects(inflated(gzipSync(text), 'gzip', windows), { code: 'HTTP_BUSY' });
  giveBack();
  giveBack();
  assert.equal(windows.used, 0);
  // A frame that asks for 128 MiB, as `zstd --long=27` writes.
  const greedy = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (27 - 10) << 3, 0, 0]);
  await assert.rejects(inflated(greedy, 'zstd'), { code: 'HTTP_BODY_TOO_LARGE' });
});

test('inflate: nothing after the first frame of zstd is dropped without a word [EDG-85]', async () => {
  const frame = zstdCompressSync(text);
  for (const more of [frame, Buffer.from([0])]) {
    for (const size of [7, 1e6])
      await assert.rejects(inflated(Buffer.concat([frame, more]), 'zstd', undefined, size), { code: 'HTTP_INVALID' });
  }
  assert.equal(await inflated(Buffer.concat([gzipSync('['), gzipSync(']')]), 'gzip'), '[]');
});

test('inflate: the window of a frame is read from its head, in all forms [EDG-85]', () => {
  const magic = [0x28, 0xb5, 0x2f, 0xfd];
  const cases: readonly [bytes: readonly number[], window: number | 'short' | undefined][] = [
    [[], 'short'],
    [magic, 'short'],
    [[...magic, 0x00, 0x00], 1_024],
    [[...magic, 0x00, 0x0b], 2_048 + 3 * 256],
    [[...magic, 0x20, 0x07], 7],
    [[...magic, 0x60, 0x07, 0x01], 7 + 256 + 256],
    [[...magic, 0x60, 0x07], 'short'],
    [[...magic, 0xa1, 0x99, 0x07, 0x00, 0x01, 0x00], 65_543],
    [[...magic, 0xe0, 1, 0, 0, 0, 1, 0, 0, 0], 2 ** 32 + 1],
    [[0x1f, 0x8b, 0x08, 0x00], undefined],
  ];
  for (const [bytes, window] of cases) {
    const head = readZstdHead(Buffer.from(bytes));
    assert.equal(typeof head === 'object' ? head.window : head, window, bytes.join());
  }
});

test('inflate: one coding is understood, in any case; several and others are not [EDG-85]', () => {
  for (const [header, coding] of [
    [undefined, 'identity'],
    ['GZIP', 'gzip'],
    ['x-gzip', 'gzip'],
    [' zstd ', 'zstd'],
    ['identity', 'identity'],
  ] as const)
    assert.equal(readCoding(header), coding);
  for (const header of ['br', 'gzip, zstd', 'deflate', 'constructor']) assert.equal(readCoding(header), undefined);
});
