import { clampId, conflictId, crossings, editId, type TwinEvent } from './event.ts';
import { type Field, hasWrite, joinFields, noField, sameField, type Write } from './field.ts';
import { effectiveOf, policyOf } from './policy.ts';
import { compareStamps, isAhead } from './stamp.ts';
import { joinOwners, type Twin, type TwinPart } from './twin.ts';

export interface MergeMoment {
  /** Milliseconds since the Unix epoch, by the clock of who merges. */
  readonly now: number;
  /** How far ahead of it a stamp may be. */
  readonly driftMax: number;
}

export interface Merged {
  readonly twin: Twin;
  /** What changed by it; `fields` is empty when nothing did. */
  readonly part: TwinPart;
  readonly hasChanged: boolean;
  /** Every edit that came, crossings and set-back stamps; one that happened before has the same id as then. */
  readonly events: readonly TwinEvent[];
}

/** Takes in what the other side knows. The same twin comes of it in whatever order, and however often, parts arrive. */
export function mergeTwin(before: Twin, incoming: TwinPart, moment: MergeMoment): Merged {
  const fields: Record<string, Field> = { ...before.fields };
  const changed: Record<string, Field> = {};
  const clamps: TwinEvent[] = [];
  for (const [path, told] of Object.entries(incoming.fields)) {
    const there = fields[path] ?? noField;
    const joined = joinFields(there, clamped(path, told, there, moment, clamps));
    if (sameField(joined, there)) continue;
    fields[path] = joined;
    changed[path] = joined;
  }
  const owner = joinOwners(before.owner, incoming.owner);
  const twin = { device: before.device, owner, fields };
  const isMoved = owner.node !== before.owner.node || owner.term !== before.owner.term;
  return {
    twin,
    part: { device: before.device, owner, fields: changed },
    hasChanged: isMoved || Object.keys(changed).length > 0,
    events: [...clamps, ...eventsOf(before, twin, incoming.fields, moment.now)],
  };
}

/** What happened to the fields of `told` between two states of a twin. */
export function eventsOf(
  before: Twin,
  after: Twin,
  told: Readonly<Record<string, Field>>,
  at: number,
): readonly TwinEvent[] {
  const events: TwinEvent[] = [];
  for (const [path, { writes }] of Object.entries(told)) {
    const there = before.fields[path] ?? noField;
    const joined = after.fields[path] ?? noField;
    const was = effectiveOf(before, path).value;
    const is = effectiveOf(after, path);
    const values = {
      ...(was === undefined ? {} : { before: was }),
      ...(is.value === undefined ? {} : { after: is.value }),
    };
    for (const write of writes) {
      if (!hasWrite(there, write)) events.push({ kind: 'edit', id: editId(path, write), path, at, write, ...values });
    }
    for (const [one, other] of crossings(joined)) {
      if (hasWrite(there, one) && hasWrite(there, other)) continue;
      const { before: _, ...ending } = values;
      const policy = policyOf(after, path);
      const id = conflictId(path, one, other);
      events.push({ kind: 'conflict', id, path, at, policy, writes: [one, other], parked: is.parked, ...ending });
    }
  }
  return events;
}

/** A stamp that is too far ahead becomes the time of arrival, the latest at which the edit can have been made. */
function clamped(path: string, field: Field, there: Field, { now, driftMax }: MergeMoment, events: TwinEvent[]): Field {
  if (!field.writes.some(({ stamp }) => isAhead(stamp, now, driftMax))) return field;
  const to = { wall: Math.floor(now), counter: 0 };
  const writes = field.writes.map((write): Write => {
    if (!isAhead(write.stamp, now, driftMax)) return write;
    const known = there.writes.find(({ replica, n }) => replica === write.replica && n === write.n);
    if (!known || compareStamps(known.stamp, to) > 0)
      events.push({ kind: 'clamp', id: clampId(path, write), path, at: now, ...nameOf(write), from: write.stamp, to });
    return { ...write, stamp: to };
  });
  return { seen: field.seen, writes };
}

const nameOf = ({ replica, n }: Write): Pick<Write, 'replica' | 'n'> => ({ replica, n });
