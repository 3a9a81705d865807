import { signals } from '../codes.ts';
import type { Message, Option } from '../message.ts';
import { isCritical } from '../options/registry.ts';
import { decodeUint, encodeUint } from '../options/uint.ts';

/**
 * Signalling messages (RFC 8323 §5). Their option numbers have a meaning for one code only:
 *
 *   7.01 CSM      2 Max-Message-Size uint(0–4)    4 Block-Wise-Transfer empty
 *   7.02 Ping, 7.03 Pong   2 Custody empty
 *   7.04 Release  2 Alternative-Address string    4 Hold-Off uint(0–3)
 *   7.05 Abort    2 Bad-CSM-Option uint(0–2)
 */
export const isSignal = (code: number): boolean => code >> 5 === 7;

/** What a peer says about itself. */
export interface Settings {
  /** Bytes of the largest message it takes. */
  readonly messageSizeMax: number;
  readonly blockwise: boolean;
}

/** What holds until the first CSM says otherwise. */
export const baseSettings: Settings = { messageSizeMax: 1_152, blockwise: false };

/** BERT: blocks of more than 1024 bytes (RFC 8323 §5.3.2). */
export const takesBert = ({ messageSizeMax, blockwise }: Settings): boolean => blockwise && messageSizeMax > 1_152;

export const writeSettings = ({ messageSizeMax, blockwise }: Settings): Message =>
  signal(signals.csm, [
    { number: 2, value: encodeUint(messageSizeMax) },
    ...(blockwise ? [{ number: 4, value: nothing }] : []),
  ]);

/** Settings add up: what a CSM does not name stays. */
export function readSettings(before: Settings, { options }: Message): Settings {
  let settings = before;
  for (const { number, value } of options) {
    if (number === 2 && value.length <= 4) settings = { ...settings, messageSizeMax: decodeUint(value) };
    if (number === 4) settings = { ...settings, blockwise: true };
  }
  return settings;
}

export const ping = (): Message => signal(signals.ping);

/** A Pong has the token of its Ping, and its Custody option, for everything before it has been handed over. */
export const pong = ({ token, options }: Message): Message => ({
  ...signal(
    signals.pong,
    options.filter(({ number }) => number === 2).map(({ number }) => ({ number, value: nothing })),
  ),
  token,
});

export const release = (): Message => signal(signals.release);

export const abort = (why: string, badOption?: number): Message => ({
  ...signal(signals.abort, badOption === undefined ? [] : [{ number: 2, value: encodeUint(badOption) }]),
  payload: Buffer.from(why),
});

/** No critical option of a signal has a meaning yet. */
export const badSignalOption = ({ options }: Message): Option | undefined =>
  options.find(({ number }) => isCritical(number));

const nothing = Buffer.alloc(0);

const signal = (code: number, options: readonly Option[] = []): Message => ({
  code,
  token: nothing,
  options,
  payload: nothing,
});
