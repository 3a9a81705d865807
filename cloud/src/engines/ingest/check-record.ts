import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import {
  commandStates,
  isDeviceId,
  type JsonRecord,
  keptReasons,
  lanes,
  nodePhases,
  type RecordBodies,
  readTwinRecord,
  severities,
  timeUnknowns,
} from '@selvedge/protocol';

type Check = (raw: unknown) => boolean;
type Checks<Body> = { readonly [Member in keyof Body]-?: Check };

const text: Check = (raw) => typeof raw === 'string';
const finite: Check = (raw) => Number.isFinite(raw);
const count: Check = (raw) => Number.isSafeInteger(raw) && (raw as number) >= 0;
const device: Check = (raw) => typeof raw === 'string' && isDeviceId(raw);
const anything: Check = () => true;
const group: Check = (raw) => typeof raw === 'object' && raw !== null && !Array.isArray(raw);
const oneOf =
  (all: readonly string[]): Check =>
  (raw) =>
    all.includes(raw as string);
const orAbsent =
  (check: Check): Check =>
  (raw) =>
    raw === undefined || check(raw);
const orNull =
  (check: Check): Check =>
  (raw) =>
    raw === null || check(raw);
const groupOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (raw) =>
    firstWrong(raw, checks) === undefined;
const listOf =
  (checks: Readonly<Record<string, Check>>): Check =>
  (raw) =>
    Array.isArray(raw) && raw.every((one) => firstWrong(one, checks) === undefined);

const offsets = groupOf({ from: count, to: count });
const folded = { metric: text, count, min: finite, max: finite, mean: finite, deviation: finite };
const aggregate = orAbsent(
  groupOf({ from: finite, to: finite, count, metrics: listOf({ ...folded, first: finite, last: finite }) }),
);

/**
 * What the consumers rely on. An edge node is authenticated, but its program may be wrong, and a member of the wrong kind
 * must not stop the log for everybody.
 */
const checks: { readonly [Kind in keyof RecordBodies]: Checks<RecordBodies[Kind]> } = {
  alert: {
    id: text,
    device,
    rule: text,
    type: text,
    severity: oneOf(severities),
    metric: text,
    value: finite,
    score: orAbsent(finite),
    message: text,
    raisedAt: finite,
    data: group,
  },
  command: {
    id: text,
    device,
    name: text,
    arguments: group,
    issuedAt: finite,
    expiresAt: finite,
    origin: text,
    reason: text,
    fence: orAbsent(count),
  },
  commandState: { id: text, device, state: oneOf(commandStates), at: finite, result: anything },
  status: { device, online: (raw) => typeof raw === 'boolean', at: finite, detail: anything },
  statistics: {
    device,
    windowFrom: finite,
    windowTo: finite,
    metrics: listOf({ metric: text, count, mean: finite, min: finite, max: finite, deviation: finite }),
  },
  quarantine: {
    source: text,
    topic: text,
    receivedAt: finite,
    reason: text,
    why: text,
    payload: text,
    payloadBytes: count,
  },
  ledger: {
    from: finite,
    to: finite,
    offsets: orAbsent(offsets),
    rows: listOf({
      source: text,
      received: count,
      refused: count,
      duplicates: count,
      quarantined: count,
      journaled: count,
    }),
  },
  twin: { device, owner: group, fields: group, at: finite, events: (raw) => Array.isArray(raw) },
  configuration: {
    version: count,
    digest: text,
    phase: oneOf(nodePhases),
    at: finite,
    why: orAbsent(text),
    settings: orAbsent(group),
  },
  time: { from: count, to: count, by: orNull(finite), unknown: orAbsent(oneOf(timeUnknowns)), at: finite },
  fold: {
    from: finite,
    to: finite,
    offsets,
    derivedBefore: count,
    rows: listOf({ source: device, reason: oneOf(keptReasons), policy: text, count, aggregate, open: orAbsent(count) }),
  },
  gap: { lane: oneOf(lanes), from: count, to: count, count, reason: text, at: finite },
};

/** The record as it is, or which of its members cannot be used. */
export function checkRecord(record: JsonRecord): Decoded<JsonRecord> {
  const wrong = firstWrong(record.body, checks[record.kind]);
  if (wrong === undefined && record.kind === 'twin') {
    const twin = readTwinRecord(record.body);
    return twin.ok ? decoded(record) : undecodable(`a twin record is unfit: ${twin.why}`);
  }
  return wrong === undefined ? decoded(record) : undecodable(`${wrong} of a ${record.kind} record is missing or unfit`);
}

function firstWrong(body: unknown, members: Readonly<Record<string, Check>>): string | undefined {
  if (!group(body)) return 'the body';
  for (const name in members) if (!members[name]!((body as Record<string, unknown>)[name])) return name;
  return undefined;
}
