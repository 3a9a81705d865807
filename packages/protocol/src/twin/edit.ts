import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { type Base, type Field, noField, writeField } from './field.ts';
import { eventsOf, type Merged, type MergeMoment } from './merge.ts';
import { effectiveOf, isPolicy, policyOf, suits } from './policy.ts';
import { compareStamps, nextStamp } from './stamp.ts';
import { sizeOfTwin, type Twin } from './twin.ts';
import { isTwinPath, readTwinValue, sameValue, type TwinValue, twinMax } from './value.ts';

/** A wish of one field. */
export interface TwinEdit {
  readonly path: string;
  /** Absent: delete it. */
  readonly value?: TwinValue;
}

export interface EditMoment extends MergeMoment {
  /** Who writes, as in `Write`. */
  readonly replica: string;
  readonly by: string;
  /** The event that this resolves or undoes. */
  readonly about?: string;
}

/**
 * Edits a twin on one side, all or none. What is there already is not written again, unless edits crossed in it: then the
 * wish ends that. Gives why when a path, value or bound is not kept.
 */
export function editTwin(before: Twin, edits: readonly TwinEdit[], moment: EditMoment): Decoded<Merged> {
  let twin = before;
  const changed: Record<string, Field> = {};
  // Policies first: whether a value suits is said by the policy that goes with it.
  const ordered = [...edits].sort((one, other) => Number(isOfPolicy(other)) - Number(isOfPolicy(one)));
  for (const edit of ordered) {
    const why = unfit(twin, edit);
    if (why !== undefined) return undecodable(`${edit.path.slice(0, twinMax.pathLength)}: ${why}`);
    const there = twin.fields[edit.path] ?? noField;
    const isSame = there.writes.length <= 1 && sameValue(effectiveOf(twin, edit.path).value, edit.value);
    if (isSame && moment.about === undefined) continue;
    const field = written(twin, there, edit, moment);
    twin = { ...twin, fields: { ...twin.fields, [edit.path]: field } };
    changed[edit.path] = field;
  }
  const count = Object.keys(twin.fields).length;
  if (count > twinMax.fields && count > Object.keys(before.fields).length)
    return undecodable(`the twin would have ${count} fields, ${twinMax.fields} are allowed`);
  const size = sizeOfTwin(twin);
  if (size > twinMax.sizeBytes && size > sizeOfTwin(before))
    return undecodable(`the twin would have ${size} bytes, ${twinMax.sizeBytes} are allowed`);
  return decoded({
    twin,
    part: { device: twin.device, owner: twin.owner, fields: changed },
    hasChanged: Object.keys(changed).length > 0,
    events: eventsOf(before, twin, changed, moment.now),
  });
}

const isOfPolicy = ({ path }: TwinEdit): boolean => path.startsWith('policy.');

function unfit(twin: Twin, { path, value }: TwinEdit): string | undefined {
  if (!isTwinPath(path)) return 'it is no path of a twin';
  if (value === undefined) return undefined;
  if (isOfPolicy({ path }) && !isPolicy(value)) return `${JSON.stringify(value)} is no policy`;
  const read = readTwinValue(value);
  if (!read.ok) return read.why;
  const policy = policyOf(twin, path);
  return suits(policy, value) ? undefined : `policy ${policy} cannot decide about ${JSON.stringify(value)}`;
}

function written(twin: Twin, there: Field, { path, value }: TwinEdit, moment: EditMoment): Field {
  const { replica, by, about, now, driftMax } = moment;
  const stamps = there.writes.map(({ stamp }) => stamp);
  const base = baseOf(twin, there, path, replica);
  const write = {
    replica,
    stamp: nextStamp(stamps, now, driftMax),
    ...(value === undefined ? {} : { value }),
    by,
    ...(about === undefined ? {} : { about }),
    ...(base ? { base } : {}),
  };
  return writeField(there, write, now);
}

/** What both sides have: our own last edit may not have reached the other yet, so what it was based on stays. */
function baseOf(twin: Twin, { writes }: Field, path: string, replica: string): Base | undefined {
  if (writes.length === 0) return undefined;
  if (writes.length === 1 && writes[0]!.replica === replica) return writes[0]!.base;
  const { value } = effectiveOf(twin, path);
  const stamp = writes
    .map((write) => write.stamp)
    .reduce((one, other) => (compareStamps(one, other) > 0 ? one : other));
  return value === undefined ? { stamp } : { value, stamp };
}
