import type { Buffer } from 'node:buffer';
import { createHash, type Hash } from 'node:crypto';
import type { PayloadFailure } from '@selvedge/protocol';
import type { ReadingsRequest, RequestOutcome } from '../../ports.ts';
import type { DeviceTable } from './devices.ts';
import { intakeFaults } from './faults.ts';
import type { IntakeEngine } from './intake.ts';
import type { Receipt, Receipts } from './receipts.ts';
import type { ReadingRoute } from './routes.ts';

export interface RequestParts {
  readonly engine: IntakeEngine;
  readonly devices: DeviceTable;
  readonly receipts: Receipts;
  /** Throws unless so many bytes of readings can be appended in this turn, all of them into one batch. */
  readonly makeRoom: (size: number) => void;
  readonly writeReceipt: (receipt: Receipt) => void;
  /** Settles when what was appended in this turn is durable. */
  readonly commit: () => Promise<void>;
  readonly now: () => { readonly wall: number; readonly unsure: boolean };
}

/** Failures that an answer and a receipt tell in full; of the others the number. */
const failuresMax = 10;

/** What a receipt needs in the journal at most: a key and ten failures with their reasons. */
const receiptSizeMax = 8_192;

/**
 * Room that is asked for at once. Readings of more than this, reckoned with three bytes for each character of text, go
 * in groups of their own; 64 KiB of input need as much only when made to, and a single pack that does goes without the
 * promise of all or none.
 */
const roomMax = 512 * 1_024;

const nothing: RequestOutcome = { taken: 0, duplicates: 0, quarantined: 0, failures: [] };

/**
 * Takes the payloads of one request. Under a key each part ends with a receipt in the batch of its readings, so that an
 * attempt that was cut off is continued and a whole one is only told again.
 */
export function readingsRequest(
  parts: RequestParts,
  route: ReadingRoute,
  decoder: string,
  key: string | undefined,
  release: () => void,
): ReadingsRequest {
  const { device } = route;
  const { engine } = parts;
  const earlier = key === undefined ? undefined : parts.receipts.find(device, key, parts.now().wall);
  const hash = key === undefined ? undefined : createHash('sha256').update(`${decoder}\n`);
  let seen = 0;
  /** With what is not durable yet. */
  let outcome: RequestOutcome = earlier ? outcomeOf(earlier) : nothing;
  let durable = outcome;
  let written: Receipt | undefined;

  const reused = (): Error =>
    intakeFaults('INTAKE_KEY_REUSED', `key ${key} came with other readings before`, { device, key });

  /** The payloads that no earlier attempt had taken. */
  const passOver = (payloads: readonly Buffer[], last: boolean): readonly Buffer[] => {
    const known = Math.min(payloads.length, Math.max(0, (earlier?.payloads ?? 0) - seen));
    const fresh = payloads.slice(known);
    if (hash) for (const payload of payloads.slice(0, known)) addTo(hash, payload);
    const before = seen;
    seen += known;
    if (!earlier || !hash || before > earlier.payloads) return fresh;
    const isOver = seen === earlier.payloads;
    const isOther = isOver ? digestOf(hash) !== earlier.digest : last;
    if (isOther || (earlier.whole && fresh.length > 0)) throw reused();
    return fresh;
  };

  /** All or none of these, which need so much room. */
  const takeGroup = (group: readonly Weighed[], size: number, last: boolean): void => {
    const { wall, unsure } = parts.now();
    const room = Math.min(size, roomMax) + (key === undefined ? 0 : receiptSizeMax);
    parts.makeRoom(room);
    // What is unfit goes first: it is of another class and would part the readings from their receipt.
    for (const { payload, failure, place } of group) {
      if (!failure) continue;
      engine.setAside(route, payload, failure, wall);
      const failures = [...outcome.failures, { payload: place, ...failure }].slice(0, failuresMax);
      outcome = { ...outcome, quarantined: outcome.quarantined + 1, failures };
    }
    if (group.some((one) => one.failure)) parts.makeRoom(room);
    engine.keepWhole(key !== undefined);
    for (const { payload, failure } of group) {
      if (failure) continue;
      const { taken, duplicates } = engine.takeAs(route, payload, 0, payload.length, wall, unsure);
      outcome = { ...outcome, taken: outcome.taken + taken, duplicates: outcome.duplicates + duplicates };
    }
    engine.keepWhole(false);
    seen += group.length;
    if (key === undefined || !hash) return;
    for (const { payload } of group) addTo(hash, payload);
    written = { ...outcome, device, key, payloads: seen, digest: digestOf(hash), whole: last, at: wall };
    parts.writeReceipt(written);
  };

  return {
    take(payloads, last) {
      if (parts.devices.indexOf(device) < 0)
        throw intakeFaults('INTAKE_DEVICES_FULL', `${parts.devices.count} devices report to this node already`, {
          device,
        });
      const { wall, unsure } = parts.now();
      const fresh = passOver(payloads, last);
      if (earlier?.whole) return;
      let group: Weighed[] = [];
      let size = 0;
      for (const [index, payload] of fresh.entries()) {
        const weight = engine.weigh(route, payload, wall, unsure);
        if (size + weight.size > roomMax && group.length > 0) {
          takeGroup(group, size, false);
          group = [];
          size = 0;
        }
        group.push({ payload, failure: weight.failure, place: seen + group.length });
        size += weight.size;
        if (index === fresh.length - 1) takeGroup(group, size, last);
      }
      // The attempt before was cut off after its last part: only the word that it was the last is missing.
      if (key !== undefined && fresh.length === 0 && last && seen > 0) takeGroup([], 0, true);
    },
    commit: () =>
      parts.commit().then(() => {
        durable = outcome;
        if (written) parts.receipts.keep(written);
        written = undefined;
      }),
    get outcome() {
      return durable;
    },
    release,
  };
}

const outcomeOf = ({ taken, duplicates, quarantined, failures }: RequestOutcome): RequestOutcome => ({
  taken,
  duplicates,
  quarantined,
  failures,
});

interface Weighed {
  readonly payload: Buffer;
  readonly failure: PayloadFailure | undefined;
  /** Its place in the request. */
  readonly place: number;
}

/** With its length, so that payloads cannot trade bytes at their borders. */
function addTo(hash: Hash, payload: Buffer): void {
  hash.update(`${payload.length}\n`).update(payload);
}

const digestOf = (hash: Hash): string => hash.copy().digest('hex');
