import { adaptive, learnt } from './adaptive.ts';
import { type Coder, choice, guessed, levelOf } from './coder.ts';
import { column } from './columns.ts';
import type { Session } from './session.ts';

/** The times of a reading, in whole milliseconds. */
export interface Times {
  takenAt: number;
  receivedAt: number;
}

/** A time that comes again and again: where it is expected next, how long after the last, and how far off that was. */
export interface Beat {
  at: number;
  step: number;
  off: number;
  /** The last time itself. */
  last: number;
}

export const beat = (at: number): Beat => ({ at, step: 0, off: 8, last: at });

/** What is remembered of a device's times. */
export interface DeviceTimes {
  readonly received: Beat;
  readonly taken: Beat;
  /** How far `receivedAt` was from that of the row before. */
  byRow: number;
  /** `takenAt` less `receivedAt`, smoothed, and how far off that was. */
  delay: number;
  byDelay: number;
  /** Readings in a row whose `takenAt` was a whole second. */
  seconds: number;
}

export const deviceTimes = (at: number): DeviceTimes => ({
  received: beat(at),
  taken: beat(at),
  byRow: 4,
  delay: 0,
  byDelay: 4,
  seconds: 0,
});

const second = 1_000;
/** So many whole seconds in a row are no chance. */
const secondsMin = 4;

/**
 * Codes both times. `receivedAt` is near that of the row before, or in the device's beat; `takenAt` is in its beat, or as
 * long before `receivedAt` as usual. What was nearer lately is taken. A device that tells whole seconds goes on so.
 */
export function codeTimes(coder: Coder, session: Session, device: DeviceTimes, times: Times): void {
  const { received, taken } = device;
  const isNearRow = device.byRow <= received.off;
  const due = isNearRow ? session.receivedAt : guessed(received.at);
  const level = levelOf(isNearRow ? device.byRow : received.off);
  const receivedAt = due + coder.number(column.received, level, times.receivedAt - due);
  device.byRow = learnt(device.byRow, receivedAt - session.receivedAt);
  follow(received, receivedAt);
  session.receivedAt = receivedAt;

  const isSteady = taken.off <= device.byDelay;
  const guess = guessed(isSteady ? taken.at : receivedAt + device.delay);
  const off = isSteady ? taken.off : device.byDelay;
  const takenAt = codeTaken(coder, session, device, guess, off, times.takenAt);
  follow(taken, takenAt);
  const late = takenAt - receivedAt - device.delay;
  device.byDelay = learnt(device.byDelay, late);
  device.delay += Math.abs(late) > device.byDelay * 8 + 8 ? late : late * 0.25;
  times.receivedAt = receivedAt;
  times.takenAt = takenAt;
}

function codeTaken(
  coder: Coder,
  session: Session,
  device: DeviceTimes,
  guess: number,
  off: number,
  value: number,
): number {
  if (device.seconds >= secondsMin) {
    const isBroken = coder.number(column.taken, choice, value % second === 0 ? 0 : 1) !== 0;
    if (isBroken) device.seconds = 0;
    else {
      const near = Math.round(guess / second);
      return (near + adaptive(coder, session.sizes, column.seconds, value / second - near)) * second;
    }
  }
  const told = guess + coder.number(column.taken, levelOf(off), value - guess);
  device.seconds = told % second === 0 ? device.seconds + 1 : 0;
  return told;
}

/** Learns when a time came: small differences are jitter and move the beat a little, large ones begin a new one. */
function follow(one: Beat, time: number): void {
  const late = time - one.at;
  const isFar = Math.abs(late) > one.off * 4 + 4;
  one.off = learnt(one.off, late);
  one.step = isFar ? time - one.last : one.step + late * 0.0625;
  one.at = (isFar ? time : one.at + late * 0.25) + one.step;
  one.last = time;
}
