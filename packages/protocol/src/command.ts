import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Value } from './reading.ts';

/** An order for a device. Its durable record at the edge is the intent; it leaves only after that. */
export interface Command {
  /** From an operator: a random id. From a rule: `<epoch>-<offset>-<rule>`, so a replay gives the same. */
  readonly id: string;
  readonly device: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, Value>>;
  readonly issuedAt: number;
  /** After this wall time it is not delivered any more. */
  readonly expiresAt: number;
  /** `operator` or `rule:<name>`. */
  readonly origin: string;
  readonly reason: string;
  /**
   * How often the device has moved between nodes, as the cloud knew when it ordered: whoever knows of a later move refuses
   * the command. Absent: it is not fenced, as a rule's, which knows only its own node.
   */
  readonly fence?: number;
}

/**
 * queued (the edge does not have it yet) → sent (durable at the edge, on its way to the device) → delivered (the device's
 * client has it) → done or failed (the device's word), or expired on the way.
 */
export const commandStates = ['queued', 'sent', 'delivered', 'done', 'failed', 'expired'] as const;
export type CommandState = (typeof commandStates)[number];

/** States that end a command. */
export const isFinal = (state: CommandState): boolean => state === 'done' || state === 'failed' || state === 'expired';

/** Whether a command may go from one state to the other: only forward, and never out of a final one. */
export const mayFollow = (from: CommandState, to: CommandState): boolean =>
  !isFinal(from) && commandStates.indexOf(to) > commandStates.indexOf(from);

export interface CommandChange {
  readonly id: string;
  readonly device: string;
  readonly state: CommandState;
  readonly at: number;
  /** What the device answered, at most 4 KiB of JSON. */
  readonly result?: unknown;
}

/** The fault in the result of a command that was ordered before its device moved. */
export const fencedFault = 'COMMAND_FENCED';

/** What the device receives on `commands/<device>`. */
export function commandMessage(command: Command): Readonly<Record<string, unknown>> {
  return {
    id: command.id,
    device_id: command.device,
    command: command.name,
    arguments: command.arguments,
    timestamp: command.issuedAt,
    expires_at: command.expiresAt,
    reason: command.reason,
    ...(command.fence === undefined ? {} : { fence: command.fence }),
  };
}

export interface CommandAnswer {
  /** Absent when a simple device does not repeat it: then its oldest outstanding command is meant. */
  readonly id?: string;
  readonly state: 'done' | 'failed';
  readonly result: unknown;
}

const answerSizeMax = 4_096;

/** Reads what a device published on `commands/<device>/result`: `{"id":…,"status":"done"|"failed","result":…}`, all optional. */
export function decodeCommandAnswer(text: string): Decoded<CommandAnswer> {
  if (text.length > answerSizeMax)
    return undecodable(`the answer has ${text.length} characters, ${answerSizeMax} are allowed`);
  let raw: unknown;
  try {
    raw = text.trim() === '' ? {} : JSON.parse(text);
  } catch {
    return undecodable('the answer is not JSON');
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return decoded({ state: 'done', result: raw });
  const { id, status, result, ...rest } = raw as Record<string, unknown>;
  if (id !== undefined && typeof id !== 'string') return undecodable('the id of the answer is not text');
  if (status !== undefined && status !== 'done' && status !== 'failed')
    return undecodable(`status ${JSON.stringify(status)} is neither done nor failed`);
  return decoded({
    ...(id === undefined ? {} : { id }),
    state: status ?? 'done',
    result: result ?? (Object.keys(rest).length > 0 ? rest : null),
  });
}
