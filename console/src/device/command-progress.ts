import type { CommandState, CommandView, Values } from '../api/views.ts';
import { formatClock, formatSpan } from '../format/time.ts';

export type StepLook = 'done' | 'current' | 'ahead' | 'failed';

export interface CommandStep {
  readonly name: string;
  readonly look: StepLook;
  readonly at: number | null;
}

const finals: readonly CommandState[] = ['done', 'failed', 'expired'];

/** States that end a command. */
export const isFinal = (state: CommandState): boolean => finals.includes(state);

/** The four stations of a command, with when it passed each and where it is now. */
export function commandSteps(command: CommandView): readonly CommandStep[] {
  const passed: readonly (number | null)[] = [command.issuedAt, command.sentAt, command.deliveredAt];
  const reached = { queued: 0, sent: 1, delivered: 2, done: 3, failed: 3, expired: lastPassed(passed) + 1 }[
    command.state
  ];
  const isOver = isFinal(command.state);
  const stations = ['queued', 'sent', 'delivered'].map((name, index): CommandStep => {
    if (isOver && index === reached) return { name: command.state, look: 'failed', at: command.endedAt };
    const look = index < reached ? 'done' : index === reached ? 'current' : 'ahead';
    return { name, look, at: passed[index] ?? null };
  });
  if (command.state === 'expired' && reached < 3) return [...stations, { name: 'done', look: 'ahead', at: null }];
  const end: CommandStep = {
    name: isOver ? command.state : 'done',
    look: command.state === 'done' ? 'done' : isOver ? 'failed' : 'ahead',
    at: command.endedAt,
  };
  return [...stations, end];
}

/** What a person should know or do about a command, in one or two sentences; empty when it went well. */
export function commandAdvice(command: CommandView, isNodeOnline: boolean, now: number): string {
  const left = formatSpan(command.expiresAt - now);
  switch (command.state) {
    case 'done':
      return '';
    case 'failed':
      return 'The device refused it or could not do it; its answer says why. Correct the cause, then send it again.';
    case 'expired':
      return command.deliveredAt === null
        ? `It was not delivered before ${formatClock(command.expiresAt)} and never will be. Check that the device is connected, then send it again.`
        : 'The device took it but did not say that it is done. Look at its values before you send it again.';
    case 'queued':
      return isNodeOnline
        ? 'On its way to the node.'
        : `${command.node} is offline. The cloud keeps the command and delivers it if the node is back within ${left}.`;
    case 'sent':
      return `${command.node} has it safely and waits for the device, at most ${left} more.`;
    case 'delivered':
      return 'The device has it. Waiting for its answer.';
  }
}

/** The device's answer as a person reads it; undefined when it gave none. */
export function resultText(result: unknown): string | undefined {
  if (result === undefined || result === null) return undefined;
  const told = faultText(result);
  if (told !== undefined) return told;
  return typeof result === 'string'
    ? result
    : JSON.stringify(result, null, 1).replaceAll('\n ', ' ').replaceAll('\n', ' ');
}

/** The words of a fault that a device gives as `{fault, message}`. */
function faultText(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const { fault, message } = result as Record<string, unknown>;
  return typeof fault === 'string' && typeof message === 'string' ? `${message} (${fault})` : undefined;
}

export type ArgumentsRead =
  | { readonly ok: true; readonly value: Values | undefined }
  | { readonly ok: false; readonly why: string };

/** Reads what was typed as arguments: nothing, or a JSON object of numbers, texts and switches. */
export function readArguments(text: string): ArgumentsRead {
  if (text.trim() === '') return { ok: true, value: undefined };
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return { ok: false, why: 'This is not JSON. Write for example {"speed": 0.5}.' };
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    return { ok: false, why: 'Arguments are a JSON object, for example {"speed": 0.5}.' };
  }
  const odd = Object.entries(raw).find(([, value]) => !['number', 'string', 'boolean'].includes(typeof value));
  if (odd) return { ok: false, why: `"${odd[0]}" is neither a number, a text, true nor false.` };
  return { ok: true, value: raw as Values };
}

/** Commands to offer: those this device had, most often used first, then what the default rules send. */
export function suggestedCommands(history: readonly CommandView[]): readonly string[] {
  const uses = new Map<string, number>();
  for (const { name } of history) uses.set(name, (uses.get(name) ?? 0) + 1);
  const known = [...uses].sort((a, b) => b[1] - a[1]).map(([name]) => name);
  return [...new Set([...known, 'throttle', 'restart', 'shutdown'])].slice(0, 6);
}

function lastPassed(passed: readonly (number | null)[]): number {
  return passed.findLastIndex((at) => at !== null);
}
