import type { Owner } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { freshTwin, moveTwin } from '../../engines/twin/fold-twin.ts';
import type { Tables } from './tables.ts';
import { saveTwin } from './twin-rows.ts';
import { twinState } from './twins.ts';

/**
 * Where a device is, and how often it has moved: what fences its commands. Its twin keeps that, and begins with the first
 * command. Undefined for a device that nobody has heard.
 */
export async function ownerNow(on: Kysely<Tables>, device: string, now: number): Promise<Owner | undefined> {
  const heard = await on.selectFrom('device').select(['node', 'last_seen']).where('id', '=', device).executeTakeFirst();
  const row = await on.selectFrom('twin').selectAll().where('device', '=', device).executeTakeFirst();
  if (!heard) return row && twinState(row).twin.owner;
  const before = row ? twinState(row) : freshTwin(device, heard.node, heard.last_seen);
  const after = moveTwin(before, heard.node, heard.last_seen, now);
  if (!row || after !== before) await saveTwin(on, after, [], now);
  return after.twin.owner;
}

/** Devices were heard at nodes: those that have a twin are there from then on, and older commands are fenced. */
export async function moveOwners(
  on: Kysely<Tables>,
  moved: readonly { readonly device: string; readonly node: string; readonly at: number }[],
  now: number,
): Promise<void> {
  for (const { device, node, at } of moved) {
    const row = await on.selectFrom('twin').selectAll().where('device', '=', device).executeTakeFirst();
    if (!row) continue;
    const before = twinState(row);
    const after = moveTwin(before, node, at, now);
    if (after !== before) await saveTwin(on, after, [], now);
  }
}

/** A device has obeyed a higher fence than this cloud knows, which was restored from a backup: the count goes on there. */
export async function raiseFence(on: Kysely<Tables>, device: string, term: number, now: number): Promise<void> {
  const row = await on.selectFrom('twin').selectAll().where('device', '=', device).executeTakeFirst();
  if (!row || row.term >= term) return;
  const { twin, ...rest } = twinState(row);
  await saveTwin(on, { ...rest, twin: { ...twin, owner: { ...twin.owner, term } } }, [], now);
}
