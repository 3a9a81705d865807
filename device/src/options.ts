import type { Duration } from '@selvedge/kernel';
import { millis, seconds } from '@selvedge/kernel';
import { isDeviceId } from '@selvedge/protocol';
import { deviceFaults } from './faults.ts';

export interface DeviceOptions {
  /** Its name for ever: one MQTT topic level, such as `pump-7`. */
  readonly id: string;
  /** What kind of thing it is, such as `pump`; the cloud lists it. */
  readonly type?: string;
  /** Where the edge listens: `mqtt://`, `mqtts://`, `ws://` or `wss://`. Default `mqtt://127.0.0.1:1883`. */
  readonly url?: string;
  /** For `mqtts` and `wss`, as PEM texts; what the system trusts if absent. */
  readonly tls?: {
    /** Whom the edge's certificate must come from. */
    readonly authority?: string;
    /** The device's own, with its key: the edge can tell it by them. */
    readonly certificate?: string;
    readonly key?: string;
  };
  /** For an edge that asks for a name. Neither is ever logged. */
  readonly username?: string;
  readonly password?: string;
  /** Folder that keeps readings and commands across restarts. Without it they live in memory and end with the process. */
  readonly dir?: string;
  readonly outbox?: {
    /** Bytes of readings that may wait. Default 16 MiB. */
    readonly sizeMax?: number;
    /** Readings that may wait. Default 100 000. */
    readonly readingsMax?: number;
    /** What gives way when it is full: the new reading, or the oldest expendable ones. Default `refuse`. */
    readonly whenFull?: 'refuse' | 'drop-oldest';
  };
  /** Readings sent and not acknowledged yet. Default 32. */
  readonly inFlightMax?: number;
  /** Wait before connecting again: full jitter up to `min`, doubled each time, never above `max`. Default 0.5 s … 30 s. */
  readonly retry?: { readonly min: Duration; readonly max: Duration };
}

/** How the device and the edge know each other; what is absent is not used. */
export type Credentials = Pick<DeviceOptions, 'tls' | 'username' | 'password'>;

/** All options with their defaults. */
export interface DeviceSettings {
  readonly id: string;
  readonly type: string | undefined;
  readonly url: string;
  readonly credentials: Credentials;
  readonly dir: string | undefined;
  readonly outbox: {
    readonly sizeMax: number;
    readonly readingsMax: number;
    readonly whenFull: 'refuse' | 'drop-oldest';
  };
  readonly inFlightMax: number;
  readonly retry: { readonly min: Duration; readonly max: Duration };
}

/** Fills in defaults. Throws DEVICE_OPTION_INVALID. */
export function deviceSettings(options: DeviceOptions): DeviceSettings {
  const settings: DeviceSettings = {
    id: options.id,
    type: options.type,
    url: options.url ?? 'mqtt://127.0.0.1:1883',
    credentials: credentialsOf(options),
    dir: options.dir,
    outbox: {
      sizeMax: options.outbox?.sizeMax ?? 16 * 2 ** 20,
      readingsMax: options.outbox?.readingsMax ?? 100_000,
      whenFull: options.outbox?.whenFull ?? 'refuse',
    },
    inFlightMax: options.inFlightMax ?? 32,
    retry: options.retry ?? { min: millis(500), max: seconds(30) },
  };
  checkCredentials(settings);
  const { sizeMax, readingsMax } = settings.outbox;
  if (!isDeviceId(settings.id))
    throw invalid('id', settings.id, 'one topic level of 1 to 128 characters without / + #');
  if (!/^(mqtts?|wss?):\/\//.test(settings.url))
    throw invalid('url', settings.url, 'an mqtt, mqtts, ws or wss address');
  if (!isWhole(sizeMax, 4_096)) throw invalid('outbox.sizeMax', sizeMax, 'a whole number of bytes, at least 4096');
  if (!isWhole(readingsMax, 1)) throw invalid('outbox.readingsMax', readingsMax, 'a whole number, at least 1');
  if (!isWhole(settings.inFlightMax, 1))
    throw invalid('inFlightMax', settings.inFlightMax, 'a whole number, at least 1');
  if (!(settings.retry.min > 0 && settings.retry.max >= settings.retry.min))
    throw invalid('retry', settings.retry, 'two lengths of time, min above 0 and max at least min');
  return settings;
}

const credentialsOf = ({ tls, username, password }: DeviceOptions): Credentials => ({
  ...(tls === undefined ? {} : { tls }),
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
});

/** Says what is wrong by name alone: a key that was put in the wrong place must not appear in a message. */
function checkCredentials({ url, credentials: { tls, username, password } }: DeviceSettings): void {
  if (/^[^/]*:\/\/[^/]*@/.test(url))
    throw unfit('url', 'an address alone; username and password have options of their own');
  if (password !== undefined && username === undefined) throw unfit('password', 'given together with username');
  for (const [name, text] of Object.entries({ username, password }))
    if (text === '') throw unfit(name, 'a text that is not empty');
  if (tls === undefined) return;
  if (!/^(mqtts|wss):/.test(url)) throw unfit('tls', 'used with an mqtts or wss address');
  if ((tls.certificate === undefined) !== (tls.key === undefined))
    throw unfit('tls.certificate', 'given together with tls.key');
  for (const [name, kind] of pemKinds) {
    const text = tls[name];
    if (text !== undefined && !kind.test(text)) throw unfit(`tls.${name}`, 'a PEM text of that kind');
  }
}

const pemKinds = [
  ['authority', /^-----BEGIN (TRUSTED )?CERTIFICATE-----\r?$/m],
  ['certificate', /^-----BEGIN (TRUSTED )?CERTIFICATE-----\r?$/m],
  ['key', /^-----BEGIN ([A-Z]+ )*PRIVATE KEY-----\r?$/m],
] as const;

const unfit = (name: string, wanted: string) =>
  deviceFaults('DEVICE_OPTION_INVALID', `${name} must be ${wanted}`, { name });

const isWhole = (value: number, min: number): boolean => Number.isSafeInteger(value) && value >= min;

const invalid = (name: string, given: unknown, wanted: string) =>
  deviceFaults('DEVICE_OPTION_INVALID', `${name} is ${JSON.stringify(given)}, it must be ${wanted}`, { name });
