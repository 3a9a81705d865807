import {
  cloudReplica,
  conflictId,
  crossedPaths,
  crossings,
  effectiveOf,
  policyOf,
  type TwinEvent,
  twinValues,
  type Write,
} from '@selvedge/protocol';
import type { TwinConflictView, TwinEventView, TwinView, TwinWriteView } from '../../ports.ts';
import { pendingPaths, type TwinState } from './fold-twin.ts';

/** A twin as the API tells it. */
export function twinView(state: TwinState): TwinView {
  const { twin } = state;
  return { ...twinValues(twin), node: twin.owner.node, pending: pendingPaths(state), conflicts: conflictsOf(state) };
}

/** Every two edits that stand beside each other. */
export function conflictsOf({ twin }: TwinState): readonly TwinConflictView[] {
  return crossedPaths(twin).flatMap((path) =>
    crossings(twin.fields[path]!).map(([one, other]) => {
      const { value, parked } = effectiveOf(twin, path);
      return {
        id: conflictId(path, one, other),
        device: twin.device,
        path,
        policy: policyOf(twin, path),
        parked,
        says: value ?? null,
        writes: [writeView(one), writeView(other)],
      };
    }),
  );
}

/** An event of a twin as the API tells it. */
export function twinEventView(sequence: number, event: TwinEvent): TwinEventView {
  const common = { sequence, id: event.id, path: event.path, at: event.at };
  const nothing = { writes: [], before: null, after: null, policy: null, parked: false, about: null };
  switch (event.kind) {
    case 'edit': {
      const { write, before = null, after = null } = event;
      return {
        ...nothing,
        ...common,
        kind: 'edit',
        writes: [writeView(write)],
        before,
        after,
        about: write.about ?? null,
      };
    }
    case 'conflict': {
      const { policy, parked, after = null } = event;
      return { ...nothing, ...common, kind: 'conflict', writes: event.writes.map(writeView), after, policy, parked };
    }
    case 'clamp':
      return { ...nothing, ...common, kind: 'clamp', before: event.from.wall, after: event.to.wall };
  }
}

const writeView = ({ replica, value, by, stamp }: Write): TwinWriteView => ({
  replica,
  side: replica === cloudReplica ? 'cloud' : 'edge',
  value: value ?? null,
  by,
  at: stamp.wall,
});
