import { resolve } from 'node:path';
import { dataOption } from '../arguments.ts';
import type { Verb } from '../verb.ts';
import { backupJson, backupText, tierOption, tiersOf } from './backup.ts';

export const restore: Verb = {
  path: ['restore'],
  summary: 'Put a backup into a data folder and audit it there. The tiers must not run.',
  arguments: [{ name: 'FOLDER', doc: 'What `selvedge backup` wrote.' }],
  options: {
    tier: tierOption,
    data: dataOption,
    replace: { kind: 'flag', doc: 'Put what is there aside, as edge.before-TIME or cloud.before-TIME.' },
  },
  examples: [
    'selvedge restore /mnt/backup/2026-11-22',
    'selvedge restore --tier cloud --replace /mnt/backup/2026-11-22',
  ],
  talks: false,
  async run({ given, data, json, out, clock, answer }) {
    const { restoreBackup } = await import('../backup/restore-backup.ts');
    const from = resolve(given.argument('FOLDER')!);
    const options = { tiers: tiersOf(given, restore), replace: given.flag('replace'), at: Math.floor(clock.wall()) };
    const say = (line: string): void => (json ? undefined : out.complain(`${line}\n`));
    const { manifest, restored } = await restoreBackup(from, data, options, say);
    const lines = restored.flatMap(({ tier, folder, before, usedKeys }) => [
      `${tier} is in ${folder}${before ? `; what was there is in ${before}` : ''}\n`,
      usedKeys ? `Give the devices in ${usedKeys} new keys: their numbers went on after the backup.\n` : '',
    ]);
    const places = restored.map(({ tier, folder, before, usedKeys }) => ({
      tier,
      folder,
      before: before ?? null,
      used_keys: usedKeys ?? null,
    }));
    answer(
      { restored: places, backup: backupJson(from, manifest) },
      `${backupText(from, manifest)}${lines.join('')}Start it, then see that both sides agree: selvedge audit\n`,
    );
    return undefined;
  },
};
