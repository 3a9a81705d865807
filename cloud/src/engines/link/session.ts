import type { Decoded, Duration } from '@selvedge/kernel';
import {
  addInterval,
  type BatchFrame,
  type Bundle,
  batchCodec,
  type Command,
  type ConfigurationFrame,
  type ConfiguredFrame,
  decodeBatch,
  decodeFrame,
  encodeFrame,
  frameTypeOf,
  type Interval,
  type NodeReport,
  readConfiguredFrame,
  type TextFrame,
  type TwinFrame,
} from '@selvedge/protocol';
import type { Taken } from '../../ports.ts';
import { type Hello, type HelloFacts, judgeHello, readHello } from './hello.ts';
import { longest } from './longest.ts';
import { readReport } from './report.ts';
import type { BrokenRun } from './take-bundle.ts';

/**
 * One link as the cloud sees it: hello → welcome → batches, reports, commands, questions, until it ends.
 * greeting: nothing heard yet. checking: the store is asked whether the journal fits. open: batches may come.
 */
export interface LinkSession {
  /** By the certificate. */
  readonly node: string;
  readonly phase: 'greeting' | 'checking' | 'open' | 'ended';
  /** Empty until the hello. */
  readonly epoch: string;
  /** Clock ticks. */
  readonly beganAt: number;
  readonly heardAt: number;
  readonly pingedAt: number;
  /** Bytes of frames whose batches are not durable yet. */
  readonly waitingBytes: number;
  readonly paused: boolean;
  /** Durable, and not acknowledged yet. */
  readonly settled: readonly Interval[];
  /** Commands that were sent and that the node has not taken. */
  readonly sent: ReadonlySet<string>;
  /** The node has spoken of twins, so it understands what is said of them. */
  readonly knowsTwins: boolean;
  /** The node has said how it is configured, so it understands what is said of that. */
  readonly knowsConfigurations: boolean;
}

export interface LinkLimits {
  /** A link that is silent for this long is closed; after a third of it, it is asked for a sign of life. */
  readonly silentMax: Duration;
  /** How long a node may take to say hello. */
  readonly greetMax: Duration;
  /** Bytes that may wait; beyond it reading pauses, and beyond four times as much the link ends. */
  readonly waitingMax: number;
}

export interface Moment {
  readonly wall: number;
  readonly ticks: number;
}

export type LinkInput =
  | { readonly kind: 'frame'; readonly frame: Buffer }
  /** A frame of many batches, decoded by whoever knows what came before on its connection. */
  | { readonly kind: 'bundle'; readonly bundle: Decoded<Bundle> }
  /** What the store knows, after `look`. */
  | { readonly kind: 'facts'; readonly hello: Hello; readonly facts: HelloFacts }
  /** What became of a batch, after `take`. */
  | { readonly kind: 'taken'; readonly batch: BatchFrame; readonly taken: Taken }
  /** What became of the batches of a bundle, after `takeBundle`. */
  | {
      readonly kind: 'bundleTaken';
      readonly bundle: Bundle;
      readonly settled: readonly Interval[];
      readonly broken: readonly BrokenRun[];
      /** Why the journal is another than what was shipped before, if it is. */
      readonly refused: string | undefined;
    }
  /** Too many nodes say hello at once. */
  | { readonly kind: 'crowded'; readonly retryAfter: Duration }
  /** The batch was not what it says of itself, and has been set aside. */
  | { readonly kind: 'broken'; readonly batch: BatchFrame; readonly why: string }
  /** The end of a turn in which batches became durable. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'command'; readonly command: Command }
  /** Something to say of twins, and that what the node said of them is none. */
  | { readonly kind: 'twin'; readonly frame: TwinFrame }
  | { readonly kind: 'twinUnfit'; readonly why: string }
  | { readonly kind: 'configuration'; readonly frame: ConfigurationFrame }
  | { readonly kind: 'question'; readonly question: number; readonly what: 'audit' }
  | { readonly kind: 'replaced' }
  /** What was sent to the node waits to leave this machine: it does not read. */
  | { readonly kind: 'unread'; readonly bytes: number }
  /** The store could not be asked, or could not take a batch; nothing of it was acknowledged. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'tick' };

export type LinkEffect =
  | { readonly kind: 'send'; readonly frame: Buffer }
  | { readonly kind: 'look'; readonly hello: Hello }
  | { readonly kind: 'opened'; readonly hello: Hello }
  | { readonly kind: 'take'; readonly batch: BatchFrame }
  | { readonly kind: 'takeBundle'; readonly bundle: Bundle }
  | { readonly kind: 'settleSoon' }
  | { readonly kind: 'commandTaken'; readonly id: string }
  | { readonly kind: 'report'; readonly report: NodeReport }
  | { readonly kind: 'hearTwin'; readonly frame: TwinFrame }
  | { readonly kind: 'hearConfigured'; readonly said: ConfiguredFrame }
  | { readonly kind: 'answer'; readonly question: number; readonly answer: unknown }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'end'; readonly code: string; readonly message: string };

export interface LinkStep {
  readonly session: LinkSession;
  readonly effects: readonly LinkEffect[];
}

/** A link that has just been accepted. */
export const newSession = (node: string, now: Moment): LinkSession => ({
  node,
  phase: 'greeting',
  epoch: '',
  beganAt: now.ticks,
  heardAt: now.ticks,
  pingedAt: now.ticks,
  waitingBytes: 0,
  paused: false,
  settled: [],
  sent: new Set(),
  knowsTwins: false,
  knowsConfigurations: false,
});

/** Decides what the link does next. Pure: the same arguments always give the same answer. */
export function stepLink(session: LinkSession, input: LinkInput, now: Moment, limits: LinkLimits): LinkStep {
  if (session.phase === 'ended') return { session, effects: [] };
  switch (input.kind) {
    case 'frame':
      return hear({ ...session, heardAt: now.ticks }, input.frame, now, limits);

    case 'facts': {
      const refusal = judgeHello(input.hello, session.node, input.facts);
      if (refusal) return refuse(session, refusal.code, refusal.message);
      const acknowledged = longest(input.facts.acknowledged);
      const opened: LinkSession = { ...session, phase: 'open' };
      return {
        session: opened,
        effects: [
          send('welcome', { acknowledged, time: now.wall, speaks: ['bundle', 'bulk', 'twin', 'configuration'] }),
          { kind: 'opened', hello: input.hello },
        ],
      };
    }

    case 'bundle':
      return hearBundle({ ...session, heardAt: now.ticks }, input.bundle, limits);

    case 'bundleTaken': {
      const after = release(session, bytesOf(input.bundle), limits);
      if (input.refused !== undefined) return refuse(after.session, 'LINK_FORK', input.refused);
      const told = input.broken.map(({ offset, why }) =>
        send('refused', { code: 'LINK_RUN_BROKEN', message: why, offset }),
      );
      return settle({ ...after, effects: [...after.effects, ...told] }, input.settled);
    }

    case 'crowded':
      return refuse(session, 'LINK_CROWDED', 'too many nodes connect at once', input.retryAfter);

    case 'taken': {
      const after = release(session, sizeOf(input.batch), limits);
      if (input.taken.kind === 'refused') return refuse(after.session, 'LINK_FORK', input.taken.message);
      const { firstOffset, count } = input.batch;
      return settle(after, [[firstOffset, firstOffset + count]]);
    }

    case 'broken': {
      const after = release(session, sizeOf(input.batch), limits);
      const refused = { code: 'LINK_BATCH_BROKEN', message: input.why, offset: input.batch.firstOffset };
      return { session: after.session, effects: [...after.effects, send('refused', refused)] };
    }

    case 'settle':
      if (session.settled.length === 0) return { session, effects: [] };
      return {
        session: { ...session, settled: [] },
        effects: [send('acknowledged', { intervals: session.settled })],
      };

    case 'command':
      if (session.phase !== 'open' || session.sent.has(input.command.id) || input.command.expiresAt <= now.wall)
        return { session, effects: [] };
      return {
        session: { ...session, sent: new Set([...session.sent, input.command.id]) },
        effects: [send('command', input.command)],
      };

    case 'twin':
      return { session, effects: session.knowsTwins ? [send('twin', input.frame)] : [] };

    case 'configuration':
      return { session, effects: session.knowsConfigurations ? [send('configuration', input.frame)] : [] };

    case 'twinUnfit':
      return refuse(session, 'LINK_FRAME_INVALID', input.why);

    case 'question':
      return { session, effects: [send('ask', { question: input.question, what: input.what })] };

    case 'replaced':
      return refuse(session, 'LINK_REPLACED', `node ${session.node} has connected again`);

    case 'unread':
      return end(session, 'LINK_UNREAD', `${input.bytes} bytes wait for node ${session.node} to read them`);

    case 'failed':
      return end(session, 'LINK_STORE_FAILED', input.message);

    case 'tick':
      return tick(session, now, limits);
  }
}

function hear(session: LinkSession, frame: Buffer, now: Moment, limits: LinkLimits): LinkStep {
  const type = frameTypeOf(frame);
  if (!type.ok) return refuse(session, 'LINK_FRAME_INVALID', type.why);
  if (type.value === 'batch') return hearBatch(session, frame, limits);
  const text = decodeFrame(frame);
  if (!text.ok) return refuse(session, 'LINK_FRAME_INVALID', text.why);
  return hearText(session, text.value, now);
}

function hearBatch(session: LinkSession, frame: Buffer, limits: LinkLimits): LinkStep {
  if (session.phase !== 'open') return refuse(session, 'LINK_FRAME_INVALID', 'a batch came before the welcome');
  const batch = decodeBatch(frame);
  if (!batch.ok) return refuse(session, 'LINK_FRAME_INVALID', batch.why);
  if (batch.value.codec === batchCodec.columns)
    return refuse(session, 'LINK_FRAME_INVALID', 'this cloud does not read batches as columns');
  return admit(session, sizeOf(batch.value), { kind: 'take', batch: batch.value }, limits);
}

function hearBundle(session: LinkSession, bundle: Decoded<Bundle>, limits: LinkLimits): LinkStep {
  if (session.phase !== 'open') return refuse(session, 'LINK_FRAME_INVALID', 'a bundle came before the welcome');
  if (!bundle.ok) return refuse(session, 'LINK_BUNDLE_INVALID', bundle.why);
  return admit(session, bytesOf(bundle.value), { kind: 'takeBundle', bundle: bundle.value }, limits);
}

/** Takes what came, unless too much waits already. */
function admit(session: LinkSession, bytes: number, take: LinkEffect, limits: LinkLimits): LinkStep {
  const waitingBytes = session.waitingBytes + bytes;
  if (waitingBytes > 4 * limits.waitingMax)
    return refuse(
      session,
      'LINK_OVERRUN',
      `${waitingBytes} bytes wait to be made durable, ${limits.waitingMax} are allowed`,
    );
  const pauses = !session.paused && waitingBytes > limits.waitingMax;
  return {
    session: { ...session, waitingBytes, paused: session.paused || pauses },
    effects: [take, ...(pauses ? [{ kind: 'pause' } as const] : [])],
  };
}

function hearText(session: LinkSession, frame: TextFrame, now: Moment): LinkStep {
  switch (frame.type) {
    case 'hello': {
      if (session.phase !== 'greeting') return refuse(session, 'LINK_FRAME_INVALID', 'a second hello came');
      const hello = readHello(frame.body as unknown as Readonly<Record<string, unknown>>);
      if (!hello.ok) return refuse(session, 'LINK_HELLO_INVALID', hello.why);
      return {
        session: { ...session, phase: 'checking', epoch: hello.value.epoch },
        effects: [{ kind: 'look', hello: hello.value }],
      };
    }

    case 'report': {
      const report = readReport(frame.body as unknown as Readonly<Record<string, unknown>>);
      if (!report.ok) return refuse(session, 'LINK_FRAME_INVALID', report.why);
      return { session, effects: session.phase === 'open' ? [{ kind: 'report', report: report.value }] : [] };
    }

    case 'commandTaken': {
      // A node may only speak of commands that this link gave it, not of those of others.
      if (!session.sent.has(frame.body.id)) return { session, effects: [] };
      const sent = new Set(session.sent);
      sent.delete(frame.body.id);
      return { session: { ...session, sent }, effects: [{ kind: 'commandTaken', id: frame.body.id }] };
    }

    case 'twin':
      if (session.phase !== 'open') return { session, effects: [] };
      return { session: { ...session, knowsTwins: true }, effects: [{ kind: 'hearTwin', frame: frame.body }] };

    case 'configured': {
      if (session.phase !== 'open') return { session, effects: [] };
      const said = readConfiguredFrame(frame.body);
      if (!said.ok) return refuse(session, 'LINK_FRAME_INVALID', said.why);
      return {
        session: { ...session, knowsConfigurations: true },
        effects: [{ kind: 'hearConfigured', said: said.value }],
      };
    }

    case 'answer':
      return { session, effects: [{ kind: 'answer', question: frame.body.question, answer: frame.body.answer }] };

    case 'ping':
      return { session, effects: [send('pong', { time: now.wall })] };

    case 'pong':
      return { session, effects: [] };

    default:
      return refuse(session, 'LINK_FRAME_INVALID', `${frame.type} is not for a node to say`);
  }
}

function tick(session: LinkSession, now: Moment, limits: LinkLimits): LinkStep {
  // Whoever is not listened to cannot be blamed for silence.
  if (session.paused) return { session: { ...session, heardAt: now.ticks }, effects: [] };
  const silence = now.ticks - session.heardAt;
  if (silence >= limits.silentMax)
    return end(session, 'LINK_SILENT', `node ${session.node} was silent for ${Math.round(silence / 1_000)} seconds`);
  if (session.phase === 'greeting' && now.ticks - session.beganAt >= limits.greetMax)
    return refuse(session, 'LINK_HELLO_INVALID', 'no hello came');
  const due = now.ticks - Math.max(session.heardAt, session.pingedAt) >= limits.silentMax / 3;
  if (!due) return { session, effects: [] };
  return { session: { ...session, pingedAt: now.ticks }, effects: [send('ping', { time: now.wall })] };
}

/** What is durable now is told at the end of the turn. */
function settle(step: LinkStep, intervals: readonly Interval[]): LinkStep {
  const { session, effects } = step;
  if (intervals.length === 0) return step;
  const settled = intervals.reduce((all, one) => addInterval(all, one), session.settled);
  const isFirst = session.settled.length === 0;
  return { session: { ...session, settled }, effects: isFirst ? [...effects, { kind: 'settleSoon' }] : effects };
}

/** What waited waits no more. Reading goes on at half the bound, so that it does not stop and go with every batch. */
function release(session: LinkSession, bytes: number, limits: LinkLimits): LinkStep {
  const waitingBytes = session.waitingBytes - bytes;
  const resumes = session.paused && waitingBytes <= limits.waitingMax / 2;
  return {
    session: { ...session, waitingBytes, paused: session.paused && !resumes },
    effects: resumes ? [{ kind: 'resume' }] : [],
  };
}

/** What a bundle occupies while it waits: its bodies, and of each batch what stands around them. */
const bytesOf = ({ plainLength, runs }: Bundle): number =>
  runs.reduce((sum, run) => sum + (run.kind === 'local' ? 1 : run.batches.length) * 124, plainLength);

const sizeOf = (batch: BatchFrame): number => 124 + batch.body.length;

function refuse(session: LinkSession, code: string, message: string, retryAfter?: Duration): LinkStep {
  const step = end(session, code, message);
  const refused = { code, message, ...(retryAfter !== undefined && { retryAfter }) };
  return { session: step.session, effects: [send('refused', refused), ...step.effects] };
}

const end = (session: LinkSession, code: string, message: string): LinkStep => ({
  session: { ...session, phase: 'ended' },
  effects: [{ kind: 'end', code, message }],
});

const send = <Type extends Parameters<typeof encodeFrame>[0]>(
  type: Type,
  body: Parameters<typeof encodeFrame<Type>>[1],
): LinkEffect => ({ kind: 'send', frame: encodeFrame(type, body) });
