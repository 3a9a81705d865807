import assert from 'node:assert/strict';
import type { Spool, SpoolFile } from './ports.ts';

type Test = (name: string, body: () => Promise<void>) => void;

interface Ground {
  /** A spool of `sizeMax` bytes, in which what an earlier one had made durable lies; that one has ended. */
  open(sizeMax?: number): Promise<Spool>;
}

/** What every spool keeps. `ground` begins a test on fresh ground. */
export function spoolContract(name: string, ground: () => Ground, test: Test): void {
  for (const [promise, body] of promises) test(`${name}: ${promise} [MQB-153]`, () => body(ground()));
}

const promises: readonly (readonly [promise: string, body: (ground: Ground) => Promise<void>])[] = [
  ['a payload is read as it was written, from everywhere, by several at once', readsBack],
  ['beyond its room it takes nothing, and a payload that is removed gives its room back', hasBounds],
  ['the next life finds the payloads it asks for, and all others are gone', findsKept],
  ['what was not finished is found by nobody', findsWholeOnly],
  ['no name is given twice while somebody may know it', namesOnce],
];

const bytesOf = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, at) => (at * 31 + 7) % 251));

async function filled(spool: Spool, size: number, piece = 1_000): Promise<SpoolFile> {
  const file = spool.create(size, true)!;
  const bytes = bytesOf(size);
  for (let at = 0; at < size; at += piece) await file.write(bytes.subarray(at, at + piece));
  await file.finish();
  return file;
}

async function contentOf(file: SpoolFile, piece = 777): Promise<Buffer> {
  const reader = await file.open();
  const bytes = Buffer.alloc(file.size);
  for (let at = 0; at < file.size; at += piece) await reader.read(bytes.subarray(at, at + piece), at);
  await reader.close();
  return bytes;
}

const load = async (spool: Spool, ...kept: readonly SpoolFile[]): Promise<readonly SpoolFile[]> =>
  spool.load(new Map(kept.map(({ name, size }) => [name, size])));

async function readsBack(ground: Ground): Promise<void> {
  const spool = await ground.open();
  await load(spool);
  const file = await filled(spool, 10_000);
  const [one, other] = await Promise.all([contentOf(file, 333), contentOf(file, 4_096)]);
  assert.deepEqual([one, other], [bytesOf(10_000), bytesOf(10_000)]);
  const reader = await file.open();
  const last = Buffer.alloc(3);
  await reader.read(last, 9_997);
  assert.deepEqual(last, bytesOf(10_000).subarray(9_997));
  await reader.close();
}

async function hasBounds(ground: Ground): Promise<void> {
  const spool = await ground.open(10_000);
  await load(spool);
  const file = await filled(spool, 6_000);
  assert.equal(spool.create(4_001, true), undefined);
  const rest = spool.create(4_000, false)!;
  assert.deepEqual([spool.sizeBytes, spool.create(1, false)], [10_000, undefined]);
  await file.remove();
  assert.equal(spool.sizeBytes, 4_000);
  await rest.write(bytesOf(10));
  await rest.remove();
  assert.equal(spool.sizeBytes, 0);
  assert.notEqual(spool.create(10_000, true), undefined);
}

async function findsKept(ground: Ground): Promise<void> {
  const spool = await ground.open();
  await load(spool);
  const [one, two, three] = [await filled(spool, 5_000), await filled(spool, 6_000), await filled(spool, 7_000)];
  const next = await ground.open();
  const found = await load(next, one, three, { ...two, name: 99 });
  assert.deepEqual(
    found.map(({ name, size }) => [name, size]),
    [
      [one.name, 5_000],
      [three.name, 7_000],
    ],
  );
  assert.deepEqual(await contentOf(found[1]!), bytesOf(7_000));
  assert.equal(next.sizeBytes, 12_000);
  const last = await ground.open();
  assert.deepEqual([(await load(last, two)).length, last.sizeBytes], [0, 0]);
}

async function findsWholeOnly(ground: Ground): Promise<void> {
  const spool = await ground.open();
  await load(spool);
  const file = spool.create(5_000, true)!;
  await file.write(bytesOf(4_000));
  const next = await ground.open();
  assert.deepEqual([(await load(next, file)).length, next.sizeBytes], [0, 0]);
}

async function namesOnce(ground: Ground): Promise<void> {
  const spool = await ground.open();
  await load(spool);
  const gone = await filled(spool, 10);
  const kept = await filled(spool, 10);
  await gone.remove();
  const next = await ground.open();
  await load(next, kept);
  assert.ok(next.create(10, true)!.name > kept.name);
  // The store still knows one whose file is lost.
  const last = await ground.open();
  await last.load(new Map([[500, 10]]));
  assert.equal(last.create(10, true)!.name, 501);
}
