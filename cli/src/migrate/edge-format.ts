import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { classContents, reclass } from '@selvedge/journal';
import { systemDisk } from '@selvedge/journal/disk';
import { lanes, recordKind } from '@selvedge/protocol';
import { cliFaults } from '../faults.ts';

/**
 * The formats of an edge's journal are told apart by its classes: format 1 ends with `low`, format 2 with `local`. The
 * layout of the files is the same in both.
 */
const formats: readonly (readonly string[])[] = [lanes.slice(0, 4), lanes];

/** Kinds of records that programs of format 1 know; they pass over all others, and their cloud sets them aside. */
const firstKinds = recordKind.gap;

/** Readers that programs of format 1 have; another's place would hold records back for ever. */
const isFirstReader = (name: string): boolean => /^(rules|commands|link-[0-3]|bridge .*)$/.test(name);

/** Made again from the journal by whoever lacks them. */
const snapshots = ['devices', 'windows'];

export interface EdgeFormat {
  readonly format: number;
  readonly newest: number;
  /** Records that format 1 does not know, which stay in the journal; by kind. */
  readonly unknown: Readonly<Record<string, number>>;
  readonly loses: readonly string[];
  readonly bars: readonly string[];
}

const world = { disk: systemDisk };

/** The format of a stopped edge, and what the way back to format 1 would cost. Throws the journal's faults. */
export async function edgeFormat(folder: string): Promise<EdgeFormat> {
  const dir = join(folder, 'journal');
  const found = await classContents(dir, world);
  const format = formats.findIndex((classes) => classes.length === found.length) + 1;
  if (format === 0) {
    const names = found.map(({ name }) => name).join(', ');
    throw cliFaults('MIGRATE_REFUSED', `${dir} has the classes ${names}, which no known format has`, { dir });
  }
  const counts = new Map<string, number>();
  for (const { kinds } of found)
    for (const [kind, count] of kinds)
      if (kind > firstKinds) counts.set(nameOf(kind), (counts.get(nameOf(kind)) ?? 0) + count);
  const local = found[formats[0]!.length];
  const closed = join(folder, 'closed');
  const journals = existsSync(closed) ? await readdir(closed) : [];
  return {
    format,
    newest: formats.length,
    unknown: Object.fromEntries(counts),
    loses: journals.length > 0 ? [`${journals.length} closed journals, of which it ships nothing`] : [],
    bars:
      local && local.records + local.stubs > 0
        ? [
            `${local.records} readings that are kept at the site and the places of ${local.stubs} more, which the chain needs`,
          ]
        : [],
  };
}

/**
 * Brings a stopped edge to a format. Throws MIGRATE_REFUSED; MIGRATE_BARRED where the older one cannot live with what is
 * there; MIGRATE_LOSES where something goes and `lose` is false; the faults of the journal.
 */
export async function changeEdgeFormat(folder: string, to: number, options: { readonly lose: boolean }): Promise<void> {
  const classes = formats[to - 1];
  if (!classes)
    throw cliFaults('MIGRATE_REFUSED', `there is no format ${to} of an edge; there are 1 to ${formats.length}`, { to });
  const { format, loses, bars } = await edgeFormat(folder);
  const facts = { folder, from: format, to, loses, bars };
  const what = `format ${to} has no place for`;
  if (to < format && bars.length > 0) throw cliFaults('MIGRATE_BARRED', `${what} ${bars.join(', ')}`, facts);
  if (to < format && loses.length > 0 && !options.lose)
    throw cliFaults('MIGRATE_LOSES', `${what} ${loses.join(', ')}`, facts);
  await reclass(join(folder, 'journal'), { classes, ...(to < format && { keepsCursor: isFirstReader }) }, world);
  for (const name of to < format ? snapshots : []) await rm(join(folder, 'snapshots', name), { force: true });
}

const nameOf = (kind: number): string =>
  Object.entries(recordKind).find(([, number]) => number === kind)?.[0] ?? `kind ${kind}`;
