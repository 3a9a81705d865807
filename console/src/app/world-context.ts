import { createContext, useContext, useSyncExternalStore } from 'react';
import type { HeldChanges } from '../alerts/held-changes.ts';
import type { FeedState } from '../feed/connection.ts';
import type { LinkMemory } from '../nodes/link-memory.ts';
import type { ConsoleWorld } from './world.ts';

export const WorldContext = createContext<ConsoleWorld | undefined>(undefined);

/** What `main.tsx` has made. */
export function useWorld(): ConsoleWorld {
  const world = useContext(WorldContext);
  if (!world) throw new Error('a component stands outside of the console');
  return world;
}

export function useFeedState(): FeedState {
  const { feed } = useWorld();
  return useSyncExternalStore(feed.subscribe, feed.state);
}

export function useLinks(): ReadonlyMap<string, LinkMemory> {
  const { links } = useWorld();
  return useSyncExternalStore(links.subscribe, links.all);
}

export function useHeldChanges(): HeldChanges {
  const { desk } = useWorld();
  return useSyncExternalStore(desk.subscribe, desk.held);
}
