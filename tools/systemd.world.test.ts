import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ensureDebian, findCommand, needs, watch } from './world.ts';

const here = fileURLToPath(new URL('../deploy/systemd/', import.meta.url));

test('systemd: the units are what systemd understands, and the shell lines do what they say [BAK-7]', async (t) => {
  const analyze = await needs(t, async () => {
    await ensureDebian(['systemd']);
    return findCommand('systemd-analyze');
  });
  if (analyze === undefined) return;
  const folder = await mkdtemp(join(tmpdir(), 'selvedge-units-'));
  try {
    const program = join(folder, 'selvedge');
    await writeFile(program, '#!/bin/sh\nmkdir -p "$2"\n');
    await chmod(program, 0o755);
    const units = (await readdir(here)).filter((name) => /\.(service|timer)$/.test(name));
    for (const name of units) {
      await cp(join(here, name), join(folder, name));
      const text = await readFile(join(folder, name), 'utf8');
      await writeFile(join(folder, name), text.replaceAll('/usr/local/bin/selvedge', program));
    }
    const paths = units.map((name) => join(folder, name));
    const { code, stderr } = await watch(spawn(analyze, ['verify', '--recursive-errors=no', ...paths])).ended;
    const complaints = stderr.split('\n').filter((line) => line.includes('selvedge'));
    assert.deepEqual([code, complaints], [0, []], stderr);
    await backUpNine(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** Runs the two lines of the backup unit nine times, as systemd would hand them to the shell: seven copies stay. */
async function backUpNine(folder: string): Promise<void> {
  const text = await readFile(join(folder, 'selvedge-backup.service'), 'utf8');
  const lines = [...text.matchAll(/^ExecStart(?:Post)?=\/bin\/sh -c '(.*)'$/gm)].map((match) =>
    match[1]!.replaceAll('$$', '$').replaceAll('%%', '%'),
  );
  assert.equal(lines.length, 2);
  const backups = join(folder, 'backups');
  const env = { PATH: process.env['PATH'] ?? '', BACKUPS: backups, KEEP: '7' };
  const run = async (line: string): Promise<void> => {
    const { code, stderr } = await watch(spawn('/bin/sh', ['-c', line], { env })).ended;
    assert.equal(code, 0, stderr);
  };
  for (let day = 1; day <= 9; day++) {
    await run(lines[0]!.replace(/\$\(date[^)]*\)/, `2026-11-0${day}T020000Z`));
    await run(lines[1]!);
  }
  const left = await readdir(backups);
  assert.deepEqual(
    left.sort(),
    [3, 4, 5, 6, 7, 8, 9].map((day) => `2026-11-0${day}T020000Z`),
  );
  await run(lines[0]!);
  assert.equal((await readdir(backups)).length, 8);
}
