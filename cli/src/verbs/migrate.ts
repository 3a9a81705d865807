import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { changeStoreFormat, compactStore, isInUse, storeFormat, storeFormatPrice } from '@selvedge/cloud';
import { dataOption, misused, wholeNumber } from '../arguments.ts';
import { storeName } from '../backup/take-backup.ts';
import { cliFaults } from '../faults.ts';
import { changeEdgeFormat, edgeFormat } from '../migrate/edge-format.ts';
import { alignColumns } from '../text/columns.ts';
import type { Verb } from '../verb.ts';
import { tierOption, tiersOf } from './backup.ts';

/** A tier's format, and what the way back to the first one would cost. */
interface Shown {
  readonly tier: 'edge' | 'cloud';
  readonly folder: string;
  readonly format: number;
  readonly newest: number;
  readonly loses: readonly string[];
  readonly bars: readonly string[];
  readonly unknown: Readonly<Record<string, number>>;
}

export const migrate: Verb = {
  path: ['migrate'],
  summary: 'Show the formats of the data of this machine, or bring a tier that is stopped to another one.',
  arguments: [],
  options: {
    tier: tierOption,
    data: dataOption,
    to: { kind: 'text', value: 'N', doc: 'The format to bring the tier to; needs --tier. Format 1 is that of 0.1.0.' },
    lose: { kind: 'flag', doc: 'With --to: what the older format has no place for may go.' },
    compact: { kind: 'flag', doc: 'Rewrite the cloud’s database, so that pages it frees later go back to the disk.' },
  },
  examples: ['selvedge migrate', 'selvedge migrate --tier cloud --to 1', 'selvedge migrate --tier cloud --compact'],
  talks: false,
  async run({ given, data, answer }) {
    const to = wholeNumber(given, migrate, 'to', { min: 1, max: 1_000 });
    if (to !== undefined && given.text('tier') === undefined)
      throw misused(migrate, '--to needs --tier: edge and cloud count their formats apart');
    const present = { edge: join(data, 'edge', 'journal', 'state'), cloud: join(data, 'cloud', storeName) };
    const tiers = tiersOf(given, migrate).filter((tier) => existsSync(present[tier]));
    if (tiers.length === 0) throw cliFaults('MIGRATE_REFUSED', `${data} has no data of these tiers`, { data });
    const rows: Shown[] = [];
    for (const tier of tiers) {
      const folder = join(data, tier);
      if (to !== undefined) await change(tier, folder, to, given.flag('lose'));
      if (given.flag('compact') && tier === 'cloud') compactStore(stoppedStore(folder));
      rows.push(await shown(tier, folder));
    }
    answer({ tiers: rows }, rows.map(textOf).join(''));
    return undefined;
  },
};

async function change(tier: Shown['tier'], folder: string, to: number, lose: boolean): Promise<void> {
  if (tier === 'edge') await changeEdgeFormat(folder, to, { lose });
  else changeStoreFormat(stoppedStore(folder), to, { lose });
}

/** The path of a cloud's database. Throws MIGRATE_REFUSED where a cloud runs on it. */
function stoppedStore(folder: string): string {
  const path = join(folder, storeName);
  if (isInUse(path)) throw cliFaults('MIGRATE_REFUSED', `a cloud runs on ${folder}; stop it first`, { folder });
  return path;
}

async function shown(tier: Shown['tier'], folder: string): Promise<Shown> {
  if (tier === 'edge') return { tier, folder, ...(await edgeFormat(folder)) };
  const path = join(folder, storeName);
  return { tier, folder, ...storeFormat(path), ...storeFormatPrice(path, 1), unknown: {} };
}

function textOf({ tier, folder, format, newest, loses, bars, unknown }: Shown): string {
  const passed = Object.entries(unknown).map(([kind, count]) => `${count} ${kind} records`);
  const rows = [
    ['format', `${format} of ${newest}`],
    ...bars.map((one) => ['bars the way back to 1', one]),
    ...loses.map((one) => ['would go on the way back to 1', one]),
    ...passed.map((one) => ['stays, and format 1 passes over it', one]),
  ];
  return alignColumns([[tier, folder], ...rows]);
}
