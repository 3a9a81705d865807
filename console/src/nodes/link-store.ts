import type { NodeView } from '../api/views.ts';
import { type LinkMemory, rememberLink } from './link-memory.ts';

/** What was seen of every node's link since the console was opened. */
export interface LinkStore {
  /** Looks at the nodes as they are now; gives those that have just caught up. */
  look(nodes: readonly NodeView[], now: number): readonly string[];
  all(): ReadonlyMap<string, LinkMemory>;
  subscribe(listener: () => void): () => void;
}

export function linkStore(): LinkStore {
  let memories: ReadonlyMap<string, LinkMemory> = new Map();
  const listeners = new Set<() => void>();
  return {
    look(nodes, now) {
      const next = new Map(nodes.map((node) => [node.id, rememberLink(memories.get(node.id), node, now)] as const));
      const caughtUp = nodes.filter(
        ({ id }) => memories.get(id)?.catchUp && next.get(id)?.catchUp === null && next.get(id)?.online,
      );
      const isChanged = next.size !== memories.size || [...next].some(([id, memory]) => memories.get(id) !== memory);
      if (isChanged) {
        memories = next;
        for (const listener of listeners) listener();
      }
      return caughtUp.map(({ id }) => id);
    },
    all: () => memories,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
