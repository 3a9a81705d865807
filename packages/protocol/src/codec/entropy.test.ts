import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import { bodyOf, pack } from '../../test/bundles.ts';
import type { BundleBatch } from '../link/bundle-v1.ts';
import { bundleEncoder } from '../link/bundle-v1-encoder.ts';
import { encodeReading } from '../reading-draft.ts';

const devices = 50;
const perBundle = 1_000;
const bundles = 14;
/** Standard deviations of the noise of the values, in tenths, and the bits of a Gaussian that is rounded to them. */
const noises = [1.5, 2, 2.5, 3];
const entropyBytes = noises.reduce((bits, sigma) => bits + Math.log2(sigma * Math.sqrt(2 * Math.PI * Math.E)), 0) / 8;

test('codec: a reading with noise costs at most a tenth more than the noise itself, once its device is known [COD-11]', () => {
  const random = seeded(5);
  const gauss = (): number => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const levels = Array.from({ length: devices }, () => noises.map(() => Math.round(400 * random.next())));
  const record = (index: number): Buffer => {
    const second = Math.floor(index / devices);
    const tenths = levels[index % devices]!.map((level, i) => Math.round(level + gauss() * noises[i]!));
    const values = Object.fromEntries(tenths.map((tenth, i) => [`value-${i}`, tenth / 10]));
    const takenAt = 1_700_000_000_000 + second * 1_000;
    const device = `sensor-${index % devices}`;
    return encodeReading({ device, boot: 1, seq: second, takenAt, receivedAt: takenAt + 3, quality: 0, values });
  };
  const encoder = bundleEncoder({ profile: 'default', pack });
  const sizes = Array.from({ length: bundles }, (_, bundle) => {
    const firstOffset = bundle * perBundle;
    const body = bodyOf(Array.from({ length: perBundle }, (_, index) => record(firstOffset + index)));
    const appendedAt = 1_700_000_000_010 + (firstOffset / devices) * 1_000;
    const place = { klass: 1, firstOffset, count: perBundle, appendedAt };
    const batch: BundleBatch = { ...place, bodyLength: body.length, body, bodyDigest: undefined };
    const hash = (at: number): Uint8Array => new Uint8Array(32).fill(at);
    const chain = { firstOffset, prevHash: hash(bundle), hash: hash(bundle + 1) };
    return encoder.encode([{ kind: 'batches', ...chain, batches: [batch] }]).length;
  });
  const later = sizes.slice(4);
  const bytes = later.reduce((sum, size) => sum + size, 0) / (later.length * perBundle);
  assert.ok(bytes < entropyBytes * 1.1, `${bytes} bytes where the noise has ${entropyBytes}`);
});
