/** Shared by all who have no entry, and never written to: most nodes of a trie have one kind of entry only. */
export const empty = new Map<never, never>();

/** The map itself, or a new one in place of the shared empty one. */
export const own = <Key, Value>(map: Map<Key, Value>): Map<Key, Value> =>
  (map as unknown) === empty ? new Map() : map;
