import { Buffer } from 'node:buffer';
import type { Journal } from '@selvedge/journal';
import { type Service, service } from '@selvedge/kernel';
import type { Snapshots } from '../../ports.ts';
import { feedCursor } from './feed.ts';

const snapshotName = 'bridge-cursors';

/**
 * Forgets the places in the journal of bridges that are gone: they would hold readings there that nobody will fetch.
 * Start it before the bridges.
 */
export function bridgeCursors(
  bridges: readonly string[],
  world: { readonly snapshots: Snapshots; readonly journal: () => Pick<Journal, 'forget'> },
): Service {
  return service({
    async start() {
      const bytes = await world.snapshots.read(snapshotName);
      const before = bytes ? (JSON.parse(bytes.toString('utf8')) as readonly string[]) : [];
      for (const name of before) if (!bridges.includes(name)) world.journal().forget(feedCursor(name));
      const text = JSON.stringify(bridges);
      // A place is made after its name is written, so none is ever left that nobody knows of.
      if (text !== JSON.stringify(before)) await world.snapshots.write(snapshotName, Buffer.from(text, 'utf8'));
    },
    stop: () => undefined,
  });
}
