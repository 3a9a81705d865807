import { Buffer } from 'node:buffer';
import type { Duration } from '@selvedge/kernel';
import {
  type CommandAnswer,
  clearDraft,
  decodeCommandAnswer,
  emptyDraft,
  type PayloadFailure,
  parseJson,
  type Quarantined,
  quality,
  type ReadingFields,
  type Status,
  shapes,
  type TopicMap,
  unfit,
} from '@selvedge/protocol';
import { type Verdict, verdict } from '../../ports.ts';
import type { DeviceTable, LedgerTerm } from './devices.ts';
import { type Route, routes } from './routes.ts';

export interface IntakeOptions {
  readonly topicMaps: readonly TopicMap[];
  /** A reading taken longer ago than this is quarantined. */
  readonly pastMax: Duration;
  /** A reading taken further ahead than this is quarantined. */
  readonly futureMax: Duration;
  readonly payloadMax: number;
}

/** Where the intake puts what it has decided to keep. Each call throws the journal's fault when there is no room. */
export interface IntakeSink {
  /** `fields` is valid during the call only. */
  reading(device: number, fields: ReadingFields): void;
  status(status: Status): void;
  answer(device: string, answer: CommandAnswer): void;
  quarantine(one: Quarantined): void;
}

/** What the intake counts by itself; per-device terms are in the device table. */
export interface IntakeCounts {
  readings: number;
  duplicates: number;
  quarantined: number;
  refused: number;
  plain: number;
  /** Quarantined by reason code. */
  readonly reasons: Map<string, number>;
}

export interface IntakeEngine {
  /** Decides one message at wall time `now`; `unsure` says that the clock is in doubt. */
  take(topic: string, bytes: Buffer, start: number, end: number, now: number, unsure: boolean): Verdict;
  readonly counts: IntakeCounts;
}

/** How much of a refused payload is kept for a person to look at. */
const evidenceMax = 1_024;

type Fields = { -readonly [Name in keyof ReadingFields]: ReadingFields[Name] };

/** Decides what becomes of each message at the doors: decoded once here, checked once here. */
export function intakeEngine(options: IntakeOptions, devices: DeviceTable, sink: IntakeSink): IntakeEngine {
  const routeOf = routes(options.topicMaps);
  const table = shapes();
  const draft = emptyDraft();
  const fields: Fields = {
    deviceUtf8: Buffer.alloc(0),
    shape: table.of([], [], 0),
    values: draft.values,
    takenAt: 0,
    receivedAt: 0,
    boot: -1,
    seq: -1,
    quality: 0,
  };
  const counts: IntakeCounts = { readings: 0, duplicates: 0, quarantined: 0, refused: 0, plain: 0, reasons: new Map() };
  let fresh = 0;

  const checkTime = (now: number, unsure: boolean): PayloadFailure | undefined => {
    if (draft.takenAt < 0 || unsure) return undefined;
    if (now - draft.takenAt > options.pastMax)
      return unfit('time-implausible', `taken ${days(now - draft.takenAt)} days ago`);
    if (draft.takenAt - now > options.futureMax)
      return unfit('time-implausible', `taken ${days(draft.takenAt - now)} days ahead`);
    return undefined;
  };

  /** Keeps the draft, unless its name was heard before. */
  const keep = (device: number, now: number, unsure: boolean): void => {
    const named = draft.boot >= 0 && draft.seq >= 0;
    fields.deviceUtf8 = devices.utf8Of(device);
    fields.shape = table.of(draft.names, draft.values, draft.count);
    fields.takenAt = draft.takenAt < 0 ? now : draft.takenAt;
    fields.receivedAt = now;
    fields.boot = named ? draft.boot : -1;
    fields.seq = named ? draft.seq : -1;
    fields.quality = (draft.takenAt < 0 ? quality.timeFromEdge : 0) | (unsure ? quality.clockUnsure : 0);
    if (named && !devices.isNew(device, draft.boot, draft.seq)) {
      devices.countTerm(device, 'duplicates', 1);
      counts.duplicates += 1;
      return;
    }
    sink.reading(device, fields);
    if (named) devices.hear(device, draft.boot, draft.seq);
    fresh += 1;
    devices.countTerm(device, 'journaled', 1);
    counts.readings += 1;
  };

  const takeReading = (
    route: Route & { kind: 'reading' },
    device: number,
    bytes: Buffer,
    start: number,
    end: number,
    now: number,
    unsure: boolean,
  ): PayloadFailure | undefined => {
    clearDraft(draft);
    fresh = 0;
    let late: PayloadFailure | undefined;
    const failure = route.decode(draft, bytes, start, end, () => {
      late ??=
        checkTime(now, unsure) ??
        (draft.boot >= 0 !== draft.seq >= 0 ? unfit('sequence-unreadable', '$boot and $seq come together') : undefined);
      if (!late) keep(device, now, unsure);
    });
    return failure ?? late;
  };

  const quarantine = (
    device: string,
    topic: string,
    bytes: Buffer,
    start: number,
    end: number,
    now: number,
    failure: PayloadFailure,
  ): void => {
    const payload = bytes.toString('base64', start, Math.min(end, start + evidenceMax));
    sink.quarantine({ source: device, topic, receivedAt: now, ...failure, payload, payloadBytes: end - start });
    counts.quarantined += 1;
    counts.reasons.set(failure.reason, (counts.reasons.get(failure.reason) ?? 0) + 1);
  };

  const takeMapped = (
    route: Exclude<Route, { kind: 'plain' }>,
    topic: string,
    bytes: Buffer,
    start: number,
    end: number,
    now: number,
    unsure: boolean,
  ): Verdict => {
    const device = devices.indexOf(route.device);
    if (device < 0) {
      counts.refused += 1;
      return verdict.refused;
    }
    let term: LedgerTerm = 'quarantined';
    try {
      const failure =
        end - start > options.payloadMax
          ? unfit('payload-too-large', `${end - start} bytes; ${options.payloadMax} are allowed`)
          : takeByKind(route, device, bytes, start, end, now, unsure);
      if (!failure) return route.kind === 'reading' && fresh === 0 ? verdict.duplicate : verdict.taken;
      quarantine(route.device, topic, bytes, start, end, now, failure);
      devices.countTerm(device, term, 1);
      return verdict.taken;
    } catch (cause) {
      term = 'refused';
      devices.countTerm(device, term, 1);
      counts.refused += 1;
      throw cause;
    }
  };

  const takeByKind = (
    route: Exclude<Route, { kind: 'plain' }>,
    device: number,
    bytes: Buffer,
    start: number,
    end: number,
    now: number,
    unsure: boolean,
  ): PayloadFailure | undefined => {
    if (route.kind === 'reading') return takeReading(route, device, bytes, start, end, now, unsure);
    if (route.kind === 'status') {
      const status = readStatus(route.device, bytes, start, end, now);
      if ('reason' in status) return status;
      sink.status(status);
      return undefined;
    }
    const answer = decodeCommandAnswer(bytes.toString('utf8', start, end));
    if (!answer.ok) return unfit('answer-unreadable', answer.why);
    sink.answer(route.device, answer.value);
    return undefined;
  };

  return {
    counts,
    take(topic, bytes, start, end, now, unsure) {
      const route = routeOf(topic);
      if (route.kind !== 'plain') return takeMapped(route, topic, bytes, start, end, now, unsure);
      counts.plain += 1;
      return verdict.plain;
    },
  };
}

const days = (milliseconds: number): string => (milliseconds / 86_400_000).toFixed(1);

const detailMax = 4_096;

/** `online` or `offline` as plain text, or a JSON object with `status` or `online` and whatever else the device says. */
function readStatus(device: string, bytes: Buffer, start: number, end: number, now: number): Status | PayloadFailure {
  if (end - start > detailMax)
    return unfit('payload-too-large', `${end - start} bytes of status; ${detailMax} are allowed`);
  const text = bytes.toString('latin1', start, end);
  if (text === 'online' || text === 'offline') return { device, online: text === 'online', at: now };
  const parsed = parseJson(bytes, start, end);
  if ('reason' in parsed) return parsed;
  const detail = parsed.value;
  if (typeof detail !== 'object' || detail === null)
    return unfit('status-unreadable', 'a status is online, offline or a JSON object');
  const { status, online } = detail as { status?: unknown; online?: unknown };
  return { device, online: online !== false && status !== 'offline', at: now, detail };
}
