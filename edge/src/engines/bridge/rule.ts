import { type Duration, days, millis, minutes } from '@selvedge/kernel';

/** Which topics cross a bridge, and under which names. As in Mosquitto's `topic` lines, the filter follows each prefix. */
export interface BridgeRule {
  /** in: from the other broker to this node; out: from this node to the other broker. */
  readonly direction: 'in' | 'out' | 'both';
  /** Empty where the prefixes are whole topics. */
  readonly filter: string;
  /** Here the topics are `localPrefix` followed by what the filter matches. */
  readonly localPrefix: string;
  readonly remotePrefix: string;
  /** The most that is asked for; a message never gets more than it was published with. */
  readonly qos: 0 | 1 | 2;
  /**
   * Where outbound readings come from. journal: all that this node has, by whatever door. messages: those that were
   * published here, as they were published.
   */
  readonly readings: 'journal' | 'messages';
}

/** One external broker, and what is exchanged with it. */
export interface BridgeOptions {
  readonly name: string;
  /** `mqtt://`, `mqtts://`, `ws://` or `wss://`. */
  readonly url: string;
  readonly protocol: '5' | '3.1.1';
  /** `-in` and `-out` are put behind it: each direction has a session of its own at the other broker. Empty: from node and name. */
  readonly clientId: string;
  /** Empty: none. */
  readonly username: string;
  /** File that holds the password alone; empty: the password is among `bridgePasswords`, or there is none. */
  readonly passwordFile: string;
  /** PEM files; empty: the system's authorities, no client certificate. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
  /** How long the other broker is asked to keep what waits for us; MQTT 5 alone. */
  readonly sessionExpiry: Duration;
  /** Messages of one direction that are on their way at once. */
  readonly inFlightMax: number;
  /** Base and ceiling of the wait between attempts. */
  readonly retryMin: Duration;
  readonly retryMax: Duration;
  readonly rules: readonly BridgeRule[];
}

export const bridgeDefaults = {
  protocol: '5',
  clientId: '',
  username: '',
  passwordFile: '',
  authority: '',
  certificate: '',
  key: '',
  sessionExpiry: days(7),
  inFlightMax: 100,
  retryMin: millis(500),
  retryMax: minutes(1),
} as const satisfies Omit<BridgeOptions, 'name' | 'url' | 'rules'>;

export const ruleDefaults = {
  filter: '',
  localPrefix: '',
  remotePrefix: '',
  qos: 1,
  readings: 'journal',
} as const satisfies Omit<BridgeRule, 'direction'>;

/** One way over a bridge. */
export type Direction = 'in' | 'out';

export const goes = (rule: BridgeRule, direction: Direction): boolean =>
  rule.direction === 'both' || rule.direction === direction;
