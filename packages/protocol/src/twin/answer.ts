import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { TwinEdit } from './edit.ts';
import type { ConflictEvent, EditEvent, TwinEvent } from './event.ts';
import { hasWrite, noField, type Write } from './field.ts';
import { agreed, cloudReplica } from './policy.ts';
import type { Twin } from './twin.ts';
import { sameValue, type TwinValue } from './value.ts';

/** What a person decides about edits that crossed: one side's, by `edge`, `cloud` or a replica's name, or another value. */
export type Choice = { readonly take: string } | { readonly value: TwinValue };

/** The edit that settles a conflict. Gives why when nothing is left to settle, or nobody is meant. */
export function resolution(twin: Twin, conflict: ConflictEvent, choice: Choice): Decoded<TwinEdit> {
  const { path, writes } = conflict;
  const field = twin.fields[path] ?? noField;
  if (!writes.every((write) => hasWrite(field, write)))
    return undecodable(`${path} was written again since, so this conflict is over`);
  if ('value' in choice) return decoded({ path, value: choice.value });
  const meant = writes.filter((write) => isMeant(write, choice.take));
  if (meant.length !== 1) {
    const names = writes.map(({ replica }) => replica).join(' and ');
    return undecodable(`"${choice.take.slice(0, 160)}" is not one of the two that wrote, ${names}`);
  }
  return decoded(editTo(path, meant[0]!.value));
}

/**
 * The edit that takes an event back: an edit by the value before it, a decided conflict by the value that lost, or by what
 * was agreed on before where both were mixed.
 */
export function reversal(event: TwinEvent): Decoded<TwinEdit> {
  switch (event.kind) {
    case 'edit':
      return decoded(editTo(event.path, event.before));
    case 'clamp':
      return undecodable('a stamp that was set back changed no value');
    case 'conflict':
      return event.parked
        ? undecodable('nothing was decided yet: resolve it instead')
        : decoded(editTo(event.path, lost(event)));
  }
}

function lost({ writes: [one, other], after }: ConflictEvent): EditEvent['before'] {
  if (sameValue(after, one.value)) return other.value;
  return sameValue(after, other.value) ? one.value : agreed([one, other])?.value;
}

const editTo = (path: string, value: TwinValue | undefined): TwinEdit =>
  value === undefined ? { path } : { path, value };

const isMeant = ({ replica }: Write, take: string): boolean =>
  replica === take || (take === 'edge' && replica !== cloudReplica);
