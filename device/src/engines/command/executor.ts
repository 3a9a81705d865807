import { fencedFault } from '@selvedge/protocol';
import type { DeviceCommand } from './device-command.ts';

export interface Answer {
  readonly status: 'done' | 'failed';
  readonly result: unknown;
}

/** A command that the device has not finished with. `started` without an answer: it is being carried out. */
export interface OpenCommand {
  readonly command: DeviceCommand;
  readonly started: boolean;
  readonly answer?: Answer;
}

export interface ExecutorState {
  /** In order of arrival. */
  readonly open: readonly OpenCommand[];
  /** Ids of answered commands, oldest first. */
  readonly answered: readonly string[];
  /** The highest fence of a command that came: older ones were ordered before the device moved. */
  readonly fence: number;
}

export interface ExecutorLimits {
  readonly openMax: number;
  readonly answeredMax: number;
}

/** What is noted durably. The state is what the notes add up to, so a restart knows what the device did. */
export type ExecutorNote =
  | { readonly note: 'received'; readonly command: DeviceCommand }
  | { readonly note: 'started'; readonly id: string }
  | { readonly note: 'ended'; readonly id: string; readonly answer: Answer }
  | { readonly note: 'answered'; readonly id: string };

export type ExecutorInput =
  | { readonly kind: 'arrived'; readonly command: DeviceCommand }
  /** The handler is free: is there something to carry out? */
  | { readonly kind: 'free' }
  | { readonly kind: 'ended'; readonly id: string; readonly answer: Answer }
  /** The edge has the answer. */
  | { readonly kind: 'answered'; readonly id: string }
  /** The device starts, and what was being carried out was interrupted. */
  | { readonly kind: 'restarted' };

export interface ExecutorStep {
  /** To be made durable before `run` is carried out. */
  readonly notes: readonly ExecutorNote[];
  readonly run?: DeviceCommand;
}

export const emptyExecutor: ExecutorState = { open: [], answered: [], fence: 0 };

/**
 * Decides what becomes of commands. Pure.
 *
 * - [DEV-7] A command is carried out at most once, whatever arrives twice and whenever the device restarts.
 * - [DEV-8] An expired command is not carried out.
 * - [CFG-52] A command that was ordered before the device moved to another node is not carried out after one that was
 *   ordered there.
 * - [DEV-9] Every command that was received gets an answer, also one that a restart interrupted.
 */
export function stepExecutor(
  state: ExecutorState,
  input: ExecutorInput,
  now: number,
  limits: ExecutorLimits,
): ExecutorStep {
  switch (input.kind) {
    case 'arrived': {
      const { command } = input;
      if (isKnown(state, command.id)) return { notes: [] };
      const received: ExecutorNote = { note: 'received', command };
      if (isFenced(command, state)) return { notes: [received, ended(command.id, fenced(command, state))] };
      if (isExpired(command, now)) return { notes: [received, ended(command.id, expired(command, now))] };
      if (waiting(state).length >= limits.openMax)
        return { notes: [received, ended(command.id, failed('COMMANDS_FULL', `${limits.openMax} commands wait`))] };
      return { notes: [received] };
    }

    case 'free': {
      if (state.open.some((one) => one.started && !one.answer)) return { notes: [] };
      const commands = waiting(state).map((one) => one.command);
      const next = commands.find((command) => !isFenced(command, state) && !isExpired(command, now));
      const late = commands.slice(0, next ? commands.indexOf(next) : undefined);
      const notes = late.map((command) =>
        ended(command.id, isFenced(command, state) ? fenced(command, state) : expired(command, now)),
      );
      return next ? { notes: [...notes, { note: 'started', id: next.id }], run: next } : { notes };
    }

    case 'ended':
      return { notes: [ended(input.id, input.answer)] };

    case 'answered':
      return { notes: [{ note: 'answered', id: input.id }] };

    case 'restarted': {
      const answer = failed('COMMAND_INTERRUPTED', 'the device restarted while it carried the command out');
      const cut = state.open.filter((one) => one.started && !one.answer);
      return { notes: cut.map((one) => ended(one.command.id, answer)) };
    }
  }
}

/** The state after a note. Pure; a note about an unknown command changes nothing. */
export function foldExecutor(state: ExecutorState, note: ExecutorNote, limits: ExecutorLimits): ExecutorState {
  switch (note.note) {
    case 'received':
      return {
        ...state,
        open: [...state.open, { command: note.command, started: false }],
        fence: Math.max(state.fence, note.command.fence ?? 0),
      };
    case 'started':
      return { ...state, open: change(state.open, note.id, (one) => ({ ...one, started: true })) };
    case 'ended':
      return { ...state, open: change(state.open, note.id, (one) => ({ ...one, answer: note.answer })) };
    case 'answered':
      return {
        ...state,
        open: state.open.filter((one) => one.command.id !== note.id),
        answered: [...state.answered, note.id].slice(-limits.answeredMax),
      };
  }
}

/** Answers that the edge does not have yet, oldest first. */
export const unanswered = (state: ExecutorState): readonly { readonly id: string; readonly answer: Answer }[] =>
  state.open.flatMap(({ command, answer }) => (answer ? [{ id: command.id, answer }] : []));

/** Characters; an answer has to stay below what the edge accepts. */
const messageMax = 1_000;

export const failed = (fault: string, message: string): Answer => ({
  status: 'failed',
  result: { fault, message: message.slice(0, messageMax) },
});

const ended = (id: string, answer: Answer): ExecutorNote => ({ note: 'ended', id, answer });

const expired = (command: DeviceCommand, now: number): Answer =>
  failed('COMMAND_EXPIRED', `it expired ${now - command.expiresAt!} ms before the device could carry it out`);

const isFenced = (command: DeviceCommand, { fence }: ExecutorState): boolean => (command.fence ?? fence) < fence;

/** The answer says which fence holds, so that whoever has lost count finds it again. */
const fenced = (command: DeviceCommand, { fence }: ExecutorState): Answer => ({
  status: 'failed',
  result: { fault: fencedFault, message: `it was ordered under fence ${command.fence}, and ${fence} holds`, fence },
});

const isExpired = (command: DeviceCommand, now: number): boolean =>
  command.expiresAt !== undefined && command.expiresAt <= now;

const isKnown = (state: ExecutorState, id: string): boolean =>
  state.answered.includes(id) || state.open.some((one) => one.command.id === id);

const waiting = (state: ExecutorState): readonly OpenCommand[] =>
  state.open.filter((one) => !one.started && !one.answer);

const change = (
  open: readonly OpenCommand[],
  id: string,
  to: (one: OpenCommand) => OpenCommand,
): readonly OpenCommand[] => open.map((one) => (one.command.id === id ? to(one) : one));
