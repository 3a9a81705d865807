import type { OscoreState, ReplayStore } from '../../oscore/ports.ts';

/** Keeps states as long as the process lives: for keys that live no longer, and for tests. */
export function memoryReplayStore(): ReplayStore {
  const states = new Map<string, OscoreState>();
  return {
    load: async (name) => states.get(name),
    save: async (name, state) => void states.set(name, state),
    forget: async (name) => void states.delete(name),
  };
}
