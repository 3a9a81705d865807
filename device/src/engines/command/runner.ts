import { type Clock, describeFailure, isFault, type Log } from '@selvedge/kernel';
import { topics } from '@selvedge/protocol';
import type { Connection, Store } from '../../ports.ts';
import { doneWith, encodeAnswer } from './answer-payload.ts';
import { type DeviceCommand, decodeDeviceCommand } from './device-command.ts';
import {
  type Answer,
  type ExecutorInput,
  type ExecutorLimits,
  type ExecutorNote,
  type ExecutorState,
  emptyExecutor,
  failed,
  foldExecutor,
  stepExecutor,
  unanswered,
} from './executor.ts';

/** Carries a command out. What it returns is the result; what it throws makes the command failed. */
export type CommandHandler = (command: DeviceCommand, signal: AbortSignal) => unknown;

export interface CommandStatus {
  /** Received and not answered yet. */
  readonly open: number;
  readonly done: number;
  readonly failed: number;
  /** Messages that are not a command, which were left unanswered. */
  readonly unreadable: number;
}

export interface CommandRunner {
  /** The state to begin with; what an earlier start left behind is carried out or answered. */
  recover(state: ExecutorState): Promise<void>;
  readonly state: ExecutorState;
  handle(name: string, handler: CommandHandler): void;
  /** A message came; it may be acknowledged when this settles. */
  arrive(payload: Uint8Array): Promise<void>;
  /** Answers go over this connection until it is lost. */
  attach(connection: Connection): void;
  status(): CommandStatus;
  /** Lets the handler that runs know; settles when it is done. */
  stop(): Promise<void>;
}

export const executorLimits: ExecutorLimits = { openMax: 64, answeredMax: 1_000 };

/** After this many notes one note that stands for them all is written. */
const compactEvery = 256;

/** Takes steps one after the other: makes the notes durable, then lets the handlers act and the answers leave. */
export function commandRunner(
  options: { readonly id: string; readonly compacted: (state: ExecutorState) => unknown },
  world: { readonly store: Store; readonly clock: Clock; readonly log: Log },
): CommandRunner {
  const { id } = options;
  const { store, clock, log } = world;
  const handlers = new Map<string, CommandHandler>();
  const stopping = new AbortController();
  const counts = { done: 0, failed: 0, unreadable: 0 };
  let state = emptyExecutor;
  let connection: Connection | undefined;
  let inFlight = new Set<string>();
  let running: Promise<void> = Promise.resolve();
  let last: Promise<unknown> = Promise.resolve();
  let noted = 0;

  const take = (input: ExecutorInput): Promise<void> => {
    const step = last.then(async () => {
      const { notes, run } = stepExecutor(state, input, clock.wall(), executorLimits);
      await keep(notes, input.kind);
      if (noted >= compactEvery) await compact();
      if (run) running = carryOut(run);
      sendAnswers();
    });
    last = step.catch(() => undefined);
    return step;
  };

  const keep = async (notes: readonly ExecutorNote[], kind: ExecutorInput['kind']): Promise<void> => {
    if (notes.length === 0) return;
    try {
      for (const note of notes) store.note(note);
      await store.commit();
    } catch (cause) {
      // Before acting, what cannot be noted must not happen; after it, the answer is still the truth.
      if (kind === 'arrived' || kind === 'free') throw cause;
      log.error('command.unnoted', { device: id, ...describeFailure(cause) });
    }
    noted += notes.length;
    for (const note of notes) {
      state = foldExecutor(state, note, executorLimits);
      if (note.note === 'ended') counts[note.answer.status] += 1;
    }
  };

  const compact = async (): Promise<void> => {
    noted = 0;
    await store
      .compact(options.compacted(state))
      .catch((cause: unknown) => log.warn('notes.uncompacted', { device: id, ...describeFailure(cause) }));
  };

  const next = (): void => {
    if (stopping.signal.aborted) return;
    take({ kind: 'free' }).catch((cause: unknown) =>
      log.error('command.waiting', { device: id, ...describeFailure(cause) }),
    );
  };

  const carryOut = async (command: DeviceCommand): Promise<void> => {
    const answer = await answerOf(command);
    await take({ kind: 'ended', id: command.id, answer });
    next();
  };

  const answerOf = async (command: DeviceCommand): Promise<Answer> => {
    const handler = handlers.get(command.name) ?? handlers.get('*');
    if (!handler) return failed('COMMAND_UNKNOWN', `${id} knows no command ${command.name}`);
    try {
      return doneWith(command.id, await handler(command, stopping.signal));
    } catch (cause) {
      if (isFault(cause)) return failed(cause.code, cause.message);
      return failed('COMMAND_FAILED', cause instanceof Error ? cause.message : String(cause));
    }
  };

  const sendAnswers = (): void => {
    const over = connection;
    if (!over || over.lost.aborted) return;
    for (const { id: command, answer } of unanswered(state)) {
      if (inFlight.has(command)) continue;
      inFlight.add(command);
      over.publish(topics.result(id), encodeAnswer(command, answer)).then(
        () => take({ kind: 'answered', id: command }),
        // It is sent again over the next connection.
        () => undefined,
      );
    }
  };

  return {
    async recover(found) {
      state = found;
      await take({ kind: 'restarted' });
      next();
    },
    get state() {
      return state;
    },
    handle: (name, handler) => void handlers.set(name, handler),
    async arrive(payload) {
      const command = decodeDeviceCommand(payload);
      if (!command.ok) {
        counts.unreadable += 1;
        return log.warn('command.unreadable', { device: id, why: command.why });
      }
      await take({ kind: 'arrived', command: command.value });
      next();
    },
    attach(over) {
      connection = over;
      inFlight = new Set();
      sendAnswers();
    },
    status: () => ({ open: state.open.length, ...counts }),
    async stop() {
      stopping.abort();
      await last;
      await running;
    },
  };
}
