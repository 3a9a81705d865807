import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Disk, diskCode } from './disk.ts';

/** What every adapter of the port must keep. `make` gives a disk and a folder that does not exist yet. */
export function diskContract(name: string, make: () => Promise<{ readonly disk: Disk; readonly dir: string }>): void {
  const fresh = async (): Promise<{ disk: Disk; dir: string }> => {
    const { disk, dir } = await make();
    await disk.makeDir(dir);
    return { disk, dir };
  };
  const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
  const textOf = async (disk: Disk, path: string): Promise<string> => {
    const file = await disk.open(path, 'existing');
    const into = new Uint8Array(await file.size());
    assert.equal(await file.read(into, 0), into.length);
    await file.close();
    return new TextDecoder().decode(into);
  };
  const put = async (disk: Disk, path: string, text: string): Promise<void> => {
    const file = await disk.open(path);
    await file.write(bytes(text), 0);
    await file.sync();
    await file.close();
  };
  const code = (wanted: string) => (cause: unknown) => diskCode(cause) === wanted;

  test(`${name}: a folder is created with those above it, and again without complaint`, async () => {
    const { disk, dir } = await fresh();
    await disk.makeDir(join(dir, 'a', 'b'));
    await disk.makeDir(join(dir, 'a', 'b'));
    assert.deepEqual(await disk.list(join(dir, 'a', 'b')), []);
    await assert.rejects(disk.list(join(dir, 'none')), code('ENOENT'));
  });

  test(`${name}: files are listed by name, sorted`, async () => {
    const { disk, dir } = await fresh();
    for (const one of ['b', 'a', 'B', '10', '9']) await put(disk, join(dir, one), one);
    assert.deepEqual(await disk.list(dir), ['10', '9', 'B', 'a', 'b']);
  });

  test(`${name}: an absent file is created empty, or refused where an existing one is wanted`, async () => {
    const { disk, dir } = await fresh();
    await assert.rejects(disk.open(join(dir, 'a'), 'existing'), code('ENOENT'));
    const file = await disk.open(join(dir, 'a'));
    assert.equal(await file.size(), 0);
    assert.equal(await file.read(new Uint8Array(4), 0), 0);
    await file.close();
    assert.deepEqual(await disk.list(dir), ['a']);
  });

  test(`${name}: what was written is read, short only at the end, and a gap is zeros`, async () => {
    const { disk, dir } = await fresh();
    const file = await disk.open(join(dir, 'a'));
    await file.write(bytes('head'), 0);
    await file.write(bytes('tail'), 6);
    await file.write(bytes('H'), 0);
    assert.equal(await file.size(), 10);
    const into = new Uint8Array(8);
    assert.equal(await file.read(into, 0), 8);
    assert.deepEqual(Buffer.from(into).toString('latin1'), 'Head\0\0ta');
    assert.equal(await file.read(into, 8), 2);
    assert.equal(await file.read(into, 10), 0);
    await file.sync();
    await file.close();
  });

  test(`${name}: what is written through is there at once for all who read the file`, async () => {
    const { disk, dir } = await fresh();
    const file = await disk.open(join(dir, 'a'));
    await file.write(bytes('..'), 0);
    await file.writeThrough(bytes('abc'), 2);
    await file.writeThrough(bytes('d'), 5);
    await file.write(bytes('e'), 6);
    assert.equal(await file.size(), 7);
    await file.close();
    assert.equal(await textOf(disk, join(dir, 'a')), '..abcde');
  });

  test(`${name}: a truncated file has lost its end, also when it grows again`, async () => {
    const { disk, dir } = await fresh();
    await put(disk, join(dir, 'a'), 'abcdef');
    const file = await disk.open(join(dir, 'a'), 'existing');
    await file.truncate(2);
    await file.sync();
    assert.equal(await file.size(), 2);
    await file.write(bytes('z'), 4);
    await file.close();
    assert.equal(await textOf(disk, join(dir, 'a')), 'ab\0\0z');
  });

  test(`${name}: a rename replaces at once, and files that are open stay what they are`, async () => {
    const { disk, dir } = await fresh();
    await put(disk, join(dir, 'a'), 'old');
    await put(disk, join(dir, 'b'), 'new');
    const old = await disk.open(join(dir, 'a'), 'existing');
    await disk.rename(join(dir, 'b'), join(dir, 'a'));
    await disk.syncDir(dir);
    assert.deepEqual(await disk.list(dir), ['a']);
    assert.equal(await textOf(disk, join(dir, 'a')), 'new');
    const into = new Uint8Array(3);
    await old.read(into, 0);
    assert.equal(Buffer.from(into).toString(), 'old');
    await old.close();
  });

  test(`${name}: a removed file is gone, and readable for those who have it open`, async () => {
    const { disk, dir } = await fresh();
    await put(disk, join(dir, 'a'), 'abc');
    const file = await disk.open(join(dir, 'a'), 'existing');
    await disk.remove(join(dir, 'a'));
    await disk.syncDir(dir);
    assert.deepEqual(await disk.list(dir), []);
    assert.equal(await file.read(new Uint8Array(3), 0), 3);
    await file.close();
    await assert.rejects(disk.remove(join(dir, 'a')), code('ENOENT'));
    await assert.rejects(disk.rename(join(dir, 'a'), join(dir, 'b')), code('ENOENT'));
  });

  test(`${name}: free says how many bytes are left`, async () => {
    const { disk, dir } = await fresh();
    assert.ok((await disk.free(dir)) > 0);
  });

  test(`${name}: a lock has one holder, and says so to the next`, async () => {
    const { disk, dir } = await fresh();
    const release = await disk.lock(join(dir, 'lock'));
    await assert.rejects(
      disk.lock(join(dir, 'lock')),
      (cause: Error & { holder?: string }) => diskCode(cause) === 'EBUSY' && cause.holder !== undefined,
    );
    await release();
    await (await disk.lock(join(dir, 'lock')))();
  });
}
