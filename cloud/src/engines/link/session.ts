import type { Decoded } from '@selvedge/kernel';
import {
  addInterval,
  type BatchFrame,
  type Bundle,
  batchCodec,
  decodeBatch,
  decodeFrame,
  frameTypeOf,
  type Interval,
  readConfiguredFrame,
  type TextFrame,
} from '@selvedge/protocol';
import { claimed, hearProof, weigh } from './greet.ts';
import { readHello } from './hello.ts';
import {
  end,
  type LinkEffect,
  type LinkInput,
  type LinkLimits,
  type LinkSession,
  type LinkStep,
  type Moment,
  refuse,
  send,
} from './link-step.ts';
import { readReport } from './report.ts';

/** A link that has just been accepted. */
export const newSession = (node: string, now: Moment): LinkSession => ({
  node,
  phase: 'greeting',
  epoch: '',
  greeting: undefined,
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

    case 'facts':
      return weigh(session, input.hello, input.facts, now);

    case 'claimed':
      return claimed(session, input.fit, now);

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

    case 'proof':
      return hearProof(session, frame.body as unknown as Readonly<Record<string, unknown>>);

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
