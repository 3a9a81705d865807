import { type Batch, bodyDigest, type Cursor, type Journal } from '@selvedge/journal';
import { type Duration, describeFailure, every, type Fault } from '@selvedge/kernel';
import {
  batchCodec,
  decodeFrame,
  encodeBatch,
  encodeFrame,
  type FrameBodies,
  firstMissing,
  frameTypeOf,
  holdsInterval,
  type Interval,
  type TextFrame,
} from '@selvedge/protocol';
import type { LinkConnection } from '../../ports.ts';
import { acknowledge, bytesInFlight, freshLane, type Lane, sent } from './lane.ts';
import type { UplinkOptions, UplinkParts } from './uplink.ts';

export interface SessionOutcome {
  readonly welcomed: boolean;
  readonly reason: string;
}

/** One connection from hello to its end. */
export interface LinkSession {
  readonly welcomed: boolean;
  run(signal: AbortSignal): Promise<SessionOutcome>;
  nudge(): void;
}

/** Batches that one lane may send before the others have their turn. */
const burstMax = 32;

type SessionParts = UplinkParts & { readonly cursors: readonly Cursor[]; readonly mode: () => 'online' | 'offline' };

export function linkSession(options: UplinkOptions, parts: SessionParts, connection: LinkConnection): LinkSession {
  const { journal, clock, log } = parts;
  const lanes: readonly Lane[] = parts.cursors.map((cursor, klass) => freshLane(klass, cursor.offset));
  const over = new AbortController();
  let held: readonly Interval[] = [];
  let welcomed = false;
  let heardAt = clock.ticks();
  let reason = 'closed';
  let wake: (() => void) | undefined;
  // Set by a nudge that comes while a pass is under way, so that it is not lost between the pass and the wait.
  let nudged = false;

  const nudge = (): void => {
    nudged = true;
    wake?.();
  };

  const end = (why: string): void => {
    if (over.signal.aborted) return;
    reason = why;
    over.abort();
    connection.close(why);
    nudge();
  };

  const send = <Type extends keyof FrameBodies>(type: Type, body: FrameBodies[Type]): void =>
    void connection.send(encodeFrame(type, body));

  const onAcknowledged = (intervals: readonly Interval[]): void => {
    for (const lane of lanes)
      parts.cursors[lane.klass]!.advance(Math.max(parts.cursors[lane.klass]!.offset, acknowledge(lane, intervals)));
    nudge();
  };

  const handlers: { readonly [Type in TextFrame['type']]?: (body: FrameBodies[Type]) => void } = {
    welcome(body) {
      held = body.acknowledged;
      welcomed = true;
      // A cloud that was restored from a backup lacks what it had acknowledged: it gets it again from what is kept.
      const missing = firstMissing(held, journal.use().firstOffset);
      for (const lane of lanes) lane.next = Math.min(lane.next, missing);
      parts.onCloudTime(body.time);
      log.info('link.welcomed', { held: held.length });
      send('report', { ...parts.report(), mode: 'online' });
      nudge();
    },
    acknowledged: (body) => onAcknowledged(body.intervals),
    refused(body) {
      log.error('link.refused', body);
      if (body.offset === undefined) end(`${body.code}: ${body.message}`);
      else onAcknowledged([[body.offset, body.offset + 1]]);
    },
    command: (body) => parts.onCommand(body, () => send('commandTaken', { id: body.id })),
    ask(body) {
      parts.answer(body.what).then(
        (answer) => send('answer', { question: body.question, answer }),
        (cause: unknown) => send('answer', { question: body.question, answer: { failed: describeFailure(cause) } }),
      );
    },
    ping: (body) => send('pong', body),
    pong: () => undefined,
  };

  const onFrame = (frame: Buffer): void => {
    heardAt = clock.ticks();
    const type = frameTypeOf(frame);
    const decoded = type.ok ? decodeFrame(frame) : type;
    const handle = decoded.ok ? (handlers[decoded.value.type] as ((body: unknown) => void) | undefined) : undefined;
    if (!decoded.ok) end(decoded.why);
    else if (handle) handle(decoded.value.body);
    else end(`${decoded.value.type} is not for an edge`);
  };

  const shipLane = async (lane: Lane): Promise<'burst' | 'full' | 'exhausted'> => {
    const room = lane.klass === 0 ? options.windowBytes : options.windowBytes * 0.75;
    let burst = 0;
    for await (const batch of journal.read(lane.next, { classes: [lane.klass] })) {
      if (over.signal.aborted || bytesInFlight(lanes) >= room) return 'full';
      if (batch.firstOffset + batch.count <= lane.next) continue;
      shipBatch(lane, batch);
      burst += 1;
      if (burst === burstMax) return 'burst';
    }
    return 'exhausted';
  };

  /** Nothing of its class is left before `head`: an idle lane must not look as if it were behind. */
  const finishLane = (lane: Lane, head: number): void => {
    lane.next = Math.max(lane.next, head);
    const cursor = parts.cursors[lane.klass]!;
    if (lane.inFlight.length === 0 && lane.next > cursor.offset) cursor.advance(lane.next);
  };

  /**
   * Gives each lane a burst, the most urgent first, as far as the window goes; true when some lane has more. The last
   * quarter of the window is for the most urgent alone, so that an alarm never waits for bulk to be acknowledged.
   */
  const shipPass = async (): Promise<boolean> => {
    let more = false;
    for (const lane of lanes) {
      const head = journal.head.offset;
      const end = await shipLane(lane);
      if (end === 'burst') more = true;
      else if (end === 'exhausted') finishLane(lane, head);
    }
    return more;
  };

  const shipBatch = (lane: Lane, batch: Batch): void => {
    const range: Interval = [batch.firstOffset, batch.firstOffset + batch.count];
    if (holdsInterval(held, range)) {
      sent(lane, range[0], range[1], 0);
      onAcknowledged([range]);
      return;
    }
    const frame = encodeBatch(frameOf(batch, parts.pack));
    sent(lane, range[0], range[1], frame.length);
    connection.send(frame);
  };

  const ship = async (): Promise<void> => {
    while (!over.signal.aborted) {
      nudged = false;
      if (welcomed && (await shipPass())) continue;
      if (!nudged) await new Promise<void>((resolve) => (wake = resolve));
      wake = undefined;
    }
  };

  const watch = (): void => {
    const silent = clock.ticks() - heardAt;
    if (silent >= options.silenceMax) end(`silent for ${Math.round(silent)} ms`);
    else if (silent >= options.silenceMax / 3) send('ping', { time: clock.wall() });
  };

  const report = (): void => {
    if (welcomed) send('report', { ...parts.report(), mode: parts.mode() });
  };

  return {
    get welcomed() {
      return welcomed && !over.signal.aborted;
    },
    nudge,
    async run(signal) {
      const stop = (): void => end('stopped');
      signal.addEventListener('abort', stop, { once: true });
      connection.onClose((why) => end(why));
      connection.onFrame(onFrame);
      const head = journal.head;
      send('hello', { ...helloOf(options, head.offset, head.hash, journal), time: clock.wall() });
      const tasks = [
        ship(),
        every(clock, (options.silenceMax / 6) as Duration, over.signal, watch),
        every(clock, options.reportEvery, over.signal, report),
      ];
      const failure = await Promise.all(tasks).then(
        () => undefined,
        (cause: unknown) => cause as Fault,
      );
      signal.removeEventListener('abort', stop);
      if (failure) end(failure.message);
      return { welcomed, reason };
    },
  };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function helloOf(
  options: UplinkOptions,
  offset: number,
  hash: Uint8Array,
  journal: Journal,
): Omit<FrameBodies['hello'], 'time'> {
  const base = { offset: journal.use().firstOffset, hash: '' };
  return {
    node: options.node,
    epoch: journal.epoch,
    head: { offset, hash: hex(hash) },
    base,
    software: options.software,
  };
}

function frameOf(batch: Batch, pack: UplinkParts['pack']): Parameters<typeof encodeBatch>[0] {
  const { klass, firstOffset, count, appendedAt, prevHash, hash } = batch;
  const common = { klass, firstOffset, count, appendedAt, prevHash, hash };
  if (!batch.body)
    return {
      ...common,
      codec: batchCodec.stub,
      bodyDigest: batch.bodyDigest,
      plainLength: batch.bodyLength,
      body: new Uint8Array(0),
    };
  const packed = pack(batch.body);
  return {
    ...common,
    codec: packed.codec,
    bodyDigest: bodyDigest(batch.body),
    plainLength: batch.body.length,
    body: packed.body,
  };
}
