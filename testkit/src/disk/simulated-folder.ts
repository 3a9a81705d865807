import type { Random } from '@selvedge/kernel';
import type { SimulatedFile } from './simulated-file.ts';

type Change =
  | { readonly kind: 'put'; readonly name: string; readonly file: SimulatedFile }
  | { readonly kind: 'rename'; readonly from: string; readonly name: string; readonly file: SimulatedFile }
  | { readonly kind: 'remove'; readonly name: string };

/** The names in one folder: as programs see them, and as the platter has them. */
export interface Folder {
  names(): readonly string[];
  files(): Iterable<SimulatedFile>;
  get(name: string): SimulatedFile | undefined;
  put(name: string, file: SimulatedFile): void;
  rename(from: string, to: string): void;
  remove(name: string): void;
  sync(): void;
  /** Each change of names since the last sync survives or not, by itself; then the files lose what was not synced. */
  powerCut(random: Random): void;
}

export function simulatedFolder(): Folder {
  let seen = new Map<string, SimulatedFile>();
  let platter = new Map<string, SimulatedFile>();
  let changes: Change[] = [];

  const apply = (to: Map<string, SimulatedFile>, change: Change): void => {
    if (change.kind === 'remove') to.delete(change.name);
    else to.set(change.name, change.file);
    if (change.kind === 'rename') to.delete(change.from);
  };
  const make = (change: Change): void => {
    apply(seen, change);
    changes.push(change);
  };

  return {
    names: () => [...seen.keys()].sort((a, b) => (a < b ? -1 : 1)),
    files: () => seen.values(),
    get: (name) => seen.get(name),
    put: (name, file) => make({ kind: 'put', name, file }),
    rename: (from, to) => make({ kind: 'rename', from, name: to, file: seen.get(from)! }),
    remove: (name) => make({ kind: 'remove', name }),
    sync() {
      platter = new Map(seen);
      changes = [];
    },
    powerCut(random) {
      for (const change of changes) if (random.next() < 0.5) apply(platter, change);
      changes = [];
      seen = new Map(platter);
      for (const file of new Set(seen.values())) file.powerCut(random);
    },
  };
}
