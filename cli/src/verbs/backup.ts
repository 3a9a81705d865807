import { resolve } from 'node:path';
import { dataOption, misused } from '../arguments.ts';
import { type Manifest, type Tier, tiers } from '../backup/manifest.ts';
import { table } from '../text/columns.ts';
import { snakeCase } from '../text/snake.ts';
import type { Given, OptionRow, Verb } from '../verb.ts';

/** Which tiers are meant. */
export const tierOption: OptionRow = { kind: 'text', value: 'TIER', doc: '`edge` or `cloud`; else what is there.' };

export const backup: Verb = {
  path: ['backup'],
  summary: 'Copy the edge and the cloud of this machine, while they run, and audit the copy.',
  arguments: [{ name: 'FOLDER', doc: 'A new folder for the copy. It holds private keys.' }],
  options: { tier: tierOption, data: dataOption },
  examples: ['selvedge backup /mnt/backup/2026-11-22', 'selvedge backup --tier edge /mnt/usb/edge-7'],
  talks: false,
  async run({ given, data, json, out, answer }) {
    const { takeBackup } = await import('../backup/take-backup.ts');
    const to = resolve(given.argument('FOLDER')!);
    const say = (line: string): void => (json ? undefined : out.complain(`${line}\n`));
    const manifest = await takeBackup(data, to, tiersOf(given, backup), say);
    answer(backupJson(to, manifest), backupText(to, manifest));
    return undefined;
  },
};

/** The tiers that were asked for. Throws CLI_MISUSED. */
export function tiersOf(given: Given, verb: Pick<Verb, 'path'>): readonly Tier[] {
  const tier = given.text('tier');
  if (tier === undefined) return tiers;
  if (tiers.includes(tier as Tier)) return [tier as Tier];
  throw misused(verb, `--tier is "${tier}", it must be one of ${tiers.join(', ')}`);
}

/** A manifest as `--json` gives it, without the list of files. */
export const backupJson = (
  folder: string,
  { files, takenAt, ...rest }: Manifest,
): Readonly<Record<string, unknown>> => ({
  folder,
  taken_at_ms: takenAt,
  files: files.length,
  size_bytes: sizeOf(files),
  ...(snakeCase(rest) as Record<string, unknown>),
});

/** What a backup holds, for a person. */
export function backupText(folder: string, { files, journals, held }: Manifest): string {
  const rows = [
    ...journals.map((one) => [one.path, one.epoch, `${one.firstOffset} … ${one.headOffset}`, String(one.records)]),
    ...held.map((one) => [`cloud: ${one.node}`, one.epoch, `${one.readings} readings`, String(one.records)]),
  ];
  return [
    table(['journal', 'epoch', 'holds', 'records'], rows, 'No journal has anything yet.'),
    `${folder}: ${files.length} files, ${(sizeOf(files) / 1e6).toFixed(1)} MB, every hash recomputed, nothing wrong.\n`,
  ].join('');
}

const sizeOf = (files: Manifest['files']): number => files.reduce((sum, { size }) => sum + size, 0);
