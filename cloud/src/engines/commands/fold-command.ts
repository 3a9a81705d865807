import { type Command, type CommandChange, fencedFault, isFinal, mayFollow } from '@selvedge/protocol';
import type { CommandView } from '../../ports.ts';

/** A command as the store keeps it. */
export interface CommandRecord extends CommandView {
  /** False while only a change of its state has arrived and not the command itself; it is not shown then. */
  readonly known: boolean;
  /** Its end is what the cloud assumes; the edge has not said so, and its word counts more. */
  readonly presumed: boolean;
}

/** An operator's order that no node has yet. */
export const queueCommand = (command: Command, node: string): CommandRecord => ({
  ...onlyCommand(command),
  node,
  state: 'queued',
  sentAt: null,
  deliveredAt: null,
  endedAt: null,
  result: null,
  known: true,
  presumed: false,
});

/** The node has the intent durably: a rule made it, or the operator's order arrived. */
export function intentArrived(
  before: CommandRecord | undefined,
  intent: Command,
  node: string,
  at: number,
): CommandRecord {
  if (!before) return { ...queueCommand(intent, node), state: 'sent', sentAt: at };
  const { id, ...filled } = onlyCommand(intent);
  const there = before.known ? before : { ...before, ...filled, id, node, known: true };
  return commandTaken(there, at);
}

/** The node has said that it will do it; also what a presumed expiry gives way to. */
export function commandTaken(before: CommandRecord, at: number): CommandRecord {
  const sentAt = before.sentAt ?? at;
  if (before.presumed) return { ...before, state: 'sent', sentAt, endedAt: null, result: null, presumed: false };
  return mayFollow(before.state, 'sent') ? { ...before, state: 'sent', sentAt } : { ...before, sentAt };
}

/** A change of state from the edge. States only go forward; a change that comes late changes nothing. */
export function changeArrived(before: CommandRecord | undefined, change: CommandChange, node: string): CommandRecord {
  const there = before ?? unknownCommand(change, node);
  if (!mayFollow(there.presumed ? 'queued' : there.state, change.state)) return there;
  const answered = change.state === 'done' || change.state === 'failed';
  return {
    ...there,
    state: change.state,
    sentAt: there.sentAt ?? change.at,
    deliveredAt: there.deliveredAt ?? (change.state === 'delivered' || answered ? change.at : null),
    endedAt: isFinal(change.state) ? change.at : null,
    result: change.result ?? (there.presumed ? null : there.result),
    presumed: false,
  };
}

/** Overdue and not known to be delivered: the cloud takes it for expired until the edge says otherwise. */
export function presumeExpired(before: CommandRecord, now: number): CommandRecord {
  const isOpen = before.state === 'queued' || before.state === 'sent';
  if (!isOpen || before.expiresAt > now) return before;
  return { ...before, state: 'expired', endedAt: now, presumed: true };
}

/** Its device has moved before the node took it: the cloud takes it for refused until the edge says otherwise. */
export function presumeFenced(before: CommandRecord, now: number): CommandRecord {
  if (before.state !== 'queued') return before;
  const message = `${before.device} has moved since it was ordered`;
  return { ...before, state: 'failed', endedAt: now, result: { fault: fencedFault, message }, presumed: true };
}

const unknownCommand = (change: CommandChange, node: string): CommandRecord => ({
  ...queueCommand(
    { ...change, name: '', arguments: {}, issuedAt: change.at, expiresAt: change.at, origin: '', reason: '' },
    node,
  ),
  known: false,
});

const onlyCommand = ({
  id,
  device,
  name,
  arguments: given,
  issuedAt,
  expiresAt,
  origin,
  reason,
  fence,
}: Command): Command => ({
  id,
  device,
  name,
  arguments: given,
  issuedAt,
  expiresAt,
  origin,
  reason,
  ...(fence === undefined ? {} : { fence }),
});
