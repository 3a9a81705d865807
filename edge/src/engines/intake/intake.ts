import { Buffer } from 'node:buffer';
import type { Duration } from '@selvedge/kernel';
import {
  type CommandAnswer,
  classOf,
  clearDraft,
  type Decoders,
  decodeCommandAnswer,
  emptyDraft,
  type PayloadFailure,
  parseJson,
  type Quarantined,
  quality,
  type ReadingFields,
  readingSizeMax,
  type Status,
  shapes,
  type TopicMap,
  topics,
  unfit,
} from '@selvedge/protocol';
import { edgeFaults } from '../../faults.ts';
import { type Taken, type Verdict, verdict } from '../../ports.ts';
import type { DeviceTable, LedgerTerm } from './devices.ts';
import { readStatus } from './read-status.ts';
import { type Meaning, type ReadingRoute, routes } from './routes.ts';

export interface IntakeOptions {
  readonly topicMaps: readonly TopicMap[];
  /** What the maps may name; some remember what devices said before, so there is one for the node's life. */
  readonly decoders?: Decoders;
  /** A reading taken longer ago than this is quarantined. */
  readonly pastMax: Duration;
  /** A reading taken further ahead than this is quarantined. */
  readonly futureMax: Duration;
  readonly payloadMax: number;
}

/** Where the intake puts what it has decided to keep. Each call throws the journal's fault when there is no room. */
export interface IntakeSink {
  /** `fields` is valid during the call only; `klass` is the journal's class for it. */
  reading(device: number, fields: ReadingFields, klass: number): void;
  status(status: Status): void;
  answer(device: string, answer: CommandAnswer): void;
  quarantine(one: Quarantined): void;
  /** Gives why what a device reported of its twin is unfit. */
  twin(device: string, reported: unknown): string | undefined;
}

/** Decides in which class a reading is journaled, and may add bits to its quality; `whole` forbids to fold it. */
export interface IntakeRouter {
  decide(device: number, reading: Fields, now: number, whole: boolean): number;
  /** Whether what the device says must not be told as it came. */
  hasPrivate(device: string): boolean;
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
  /** Decides a message of which only the beginning is at hand, because its `size` is beyond what is read of any. */
  takeLarge(topic: string, beginning: Buffer, size: number, now: number, unsure: boolean): Verdict;
  /** Decides a payload whose meaning the door knows without a topic. */
  takeAs(meaning: Meaning, bytes: Buffer, start: number, end: number, now: number, unsure: boolean): Taken;
  /** What `takeAs` would say of readings, and the room they need in the journal; keeps nothing. */
  weigh(meaning: ReadingRoute, bytes: Buffer, now: number, unsure: boolean): Weight;
  /** What is taken until the next call is not folded: its name must be durable in one batch with it. */
  keepWhole(on: boolean): void;
  /** Keeps a payload aside that was found unfit. */
  setAside(meaning: ReadingRoute, bytes: Buffer, failure: PayloadFailure, now: number): void;
  readonly counts: IntakeCounts;
}

export interface Weight {
  /** Bytes of journal that its readings need at most; 0 where `failure` says why there will be none. */
  readonly size: number;
  readonly failure: PayloadFailure | undefined;
}

/** How much of a refused payload is kept for a person to look at. */
const evidenceMax = 1_024;

type Fields = { -readonly [Name in keyof ReadingFields]: ReadingFields[Name] };

/** Decides what becomes of each message at the doors: decoded once here, checked once here. */
export function intakeEngine(
  options: IntakeOptions,
  devices: DeviceTable,
  sink: IntakeSink,
  router?: IntakeRouter,
): IntakeEngine {
  const routeOf = routes(options.topicMaps, options.decoders);
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
  let whole = false;
  /** More may be on its way behind what is being taken: its door does not wait for an answer before the next. */
  let streams = false;
  /** Why the last payload was quarantined. */
  let lastFailure: PayloadFailure | undefined;

  const checkTime = (now: number, unsure: boolean): PayloadFailure | undefined => {
    if (draft.takenAt < 0 || unsure) return undefined;
    if (now - draft.takenAt > options.pastMax)
      return unfit('time-implausible', `taken ${days(now - draft.takenAt)} days ago`);
    if (draft.takenAt - now > options.futureMax)
      return unfit('time-implausible', `taken ${days(draft.takenAt - now)} days ahead`);
    return undefined;
  };

  const check = (now: number, unsure: boolean): PayloadFailure | undefined =>
    checkTime(now, unsure) ??
    (draft.boot >= 0 !== draft.seq >= 0 ? unfit('sequence-unreadable', '$boot and $seq come together') : undefined);

  /** Brings the draft into the form of a record; says whether it is named. */
  const fill = (device: number, now: number, unsure: boolean): boolean => {
    const named = draft.boot >= 0 && draft.seq >= 0;
    fields.deviceUtf8 = devices.utf8Of(device);
    fields.shape = table.of(draft.names, draft.values, draft.count);
    fields.takenAt = draft.takenAt < 0 ? now : draft.takenAt;
    fields.receivedAt = now;
    fields.boot = named ? draft.boot : -1;
    fields.seq = named ? draft.seq : -1;
    fields.quality = (draft.takenAt < 0 ? quality.timeFromEdge : 0) | (unsure ? quality.clockUnsure : 0);
    return named;
  };

  /** Keeps the draft, unless its name was heard before. */
  const keep = (device: number, now: number, unsure: boolean): void => {
    const named = fill(device, now, unsure);
    if (named && !devices.isNew(device, draft.boot, draft.seq)) {
      devices.countTerm(device, 'duplicates', 1);
      counts.duplicates += 1;
      return;
    }
    // Only before anything of the message is kept: it is refused as a whole.
    if (streams && named && fresh === 0 && devices.resends.isAhead(device, draft.boot, draft.seq, now))
      throw edgeFaults(
        'EDGE_BACKLOGGED',
        `reading ${draft.seq} of boot ${draft.boot} came before one that was refused`,
      );
    try {
      sink.reading(device, fields, router ? router.decide(device, fields, now, whole) : readingClass);
    } catch (cause) {
      if (named) devices.resends.refused(device, draft.boot, draft.seq, now);
      throw cause;
    }
    if (named) devices.hear(device, draft.boot, draft.seq);
    fresh += 1;
    counts.readings += 1;
  };

  const takeReading = (
    route: ReadingRoute,
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
      late ??= check(now, unsure);
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
    const isPrivate = router?.hasPrivate(device) ?? false;
    const payload = isPrivate ? '' : bytes.toString('base64', start, Math.min(end, start + evidenceMax));
    const why = isPrivate ? 'the device has private values: what came stays untold' : failure.why;
    sink.quarantine({ ...failure, source: device, topic, receivedAt: now, why, payload, payloadBytes: end - start });
    lastFailure = failure;
    counts.quarantined += 1;
    counts.reasons.set(failure.reason, (counts.reasons.get(failure.reason) ?? 0) + 1);
  };

  const tooLarge = (size: number): PayloadFailure | undefined =>
    size > options.payloadMax
      ? unfit('payload-too-large', `${size} bytes; ${options.payloadMax} are allowed`)
      : undefined;

  const takeMapped = (
    route: Meaning,
    topic: string,
    bytes: Buffer,
    start: number,
    end: number,
    now: number,
    unsure: boolean,
    known?: PayloadFailure,
  ): Verdict => {
    const device = devices.indexOf(route.device);
    if (device < 0) {
      counts.refused += 1;
      return verdict.refused;
    }
    let term: LedgerTerm = 'quarantined';
    try {
      const failure = known ?? tooLarge(end - start) ?? takeByKind(route, device, bytes, start, end, now, unsure);
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
    route: Meaning,
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
    if (route.kind === 'twin') {
      const reported = parseJson(bytes, start, end);
      const why = 'reason' in reported ? reported.why : sink.twin(route.device, reported.value);
      return why === undefined ? undefined : unfit('twin-unfit', why);
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
      streams = true;
      if (route.kind !== 'plain') return takeMapped(route, topic, bytes, start, end, now, unsure);
      counts.plain += 1;
      return verdict.plain;
    },
    takeLarge(topic, beginning, size, now, unsure) {
      const route = routeOf(topic);
      const unread = unfit('payload-too-large', `${size} bytes; ${options.payloadMax} are allowed`);
      if (route.kind !== 'plain') return takeMapped(route, topic, beginning, 0, size, now, unsure, unread);
      counts.plain += 1;
      return verdict.plain;
    },
    takeAs(meaning, bytes, start, end, now, unsure) {
      const { readings, duplicates } = counts;
      lastFailure = undefined;
      streams = false;
      const result = takeMapped(meaning, topicOf[meaning.kind](meaning.device), bytes, start, end, now, unsure);
      const isOther = meaning.kind !== 'reading' && result === verdict.taken && !lastFailure;
      return {
        verdict: result,
        taken: isOther ? 1 : counts.readings - readings,
        duplicates: counts.duplicates - duplicates,
        failure: lastFailure,
      };
    },
    weigh({ device: id, decode }, bytes, now, unsure) {
      const large = tooLarge(bytes.length);
      const device = large ? -1 : devices.indexOf(id);
      if (device < 0) return { size: 0, failure: large };
      let size = 0;
      let late: PayloadFailure | undefined;
      clearDraft(draft);
      const failure = decode(draft, bytes, 0, bytes.length, () => {
        late ??= check(now, unsure);
        if (late) return;
        fill(device, now, unsure);
        size += recordFrame + readingSizeMax(fields);
      });
      return { size, failure: failure ?? late };
    },
    keepWhole(on) {
      whole = on;
    },
    setAside({ device }, bytes, failure, now) {
      quarantine(device, topics.reading(device), bytes, 0, bytes.length, now, failure);
      devices.countTerm(devices.indexOf(device), 'quarantined', 1);
    },
  };
}

const readingClass = classOf('reading');

/** What the journal adds to a record. */
const recordFrame = 4;

/** The topic that a payload would have had, for a person who looks at the quarantine. */
const topicOf = {
  reading: topics.reading,
  status: topics.status,
  result: topics.result,
  twin: topics.twinReported,
} as const;

const days = (milliseconds: number): string => (milliseconds / 86_400_000).toFixed(1);
