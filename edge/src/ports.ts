import type { Buffer } from 'node:buffer';
import type { Disk } from '@selvedge/journal';
import type { Clock, Entropy, Log, Random, Service } from '@selvedge/kernel';
import type { Broker } from '@selvedge/mqtt';
import type {
  Alert,
  BridgeState,
  BundleProfile,
  Command,
  CommandState,
  Decoders,
  Packing,
  Reading,
  Shape,
  Statistics,
  TwinValues,
  Value,
} from '@selvedge/protocol';
import type { Principal } from './ports/access.ts';
import type { ConfigurationLine } from './ports/configuration.ts';
import type { ClosedJournals, LinkTransport } from './ports/link.ts';

export * from './ports/access.ts';
export * from './ports/command.ts';
export * from './ports/configuration.ts';
export * from './ports/link.ts';
export * from './ports/routing.ts';

/** What the platform lends to every part of the edge. */
export interface EdgeWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly entropy: Entropy;
  readonly log: Log;
}

/** What became of one message at a door. */
export const verdict = {
  /** In line for the journal as reading, status, result or quarantine: acknowledge after the commit. */
  taken: 0,
  /** Named like one that was journaled before: acknowledge after the commit, nothing is stored twice. */
  duplicate: 1,
  /** No topic map covers it: plain messaging. */
  plain: 2,
  /** Turned away for now; the sender keeps it and tries again. */
  refused: 3,
} as const;
export type Verdict = (typeof verdict)[keyof typeof verdict];

/** A publish that its door knows again for good, whatever crashes: a QoS 2 message, or a will. */
export interface NamedPublish {
  readonly clientId: string;
  readonly packetId: number;
  /** Rises over all lives of the door. */
  readonly sequence: number;
}

/**
 * Where a door brings what it hears; every door has its own. What it brings is valid during the call only, and is refused
 * by the journal's fault when there is no room.
 */
export interface Intake {
  /** Takes one message, in order of arrival. */
  take(topic: string, bytes: Buffer, start: number, end: number, name?: NamedPublish): Verdict;
  /**
   * Takes a message whose payload of `size` bytes is too large to be read: only its beginning is at hand. A door whose
   * intake does not have this takes no such messages.
   */
  takeLarge?(topic: string, beginning: Buffer, size: number): Verdict;
  /**
   * The names above `sequence` of publishes whose readings are durable: the door must not bring these again. An intake
   * that does not have it is given no names.
   */
  namedAfter?(sequence: number): readonly NamedPublish[];
  /**
   * Settles when all that this door brought before is durable; rejects when any of it was refused, then nothing since
   * the call before may be acknowledged. What befell other doors is not told.
   */
  commit(): Promise<void>;
}

/** The intake of a door that knows without a topic which device speaks and what it says. */
export interface DeviceIntake extends Intake {
  /** Takes a payload of readings, read by the decoder of that name among `payloadDecoders`. */
  takeReadings(device: string, decoder: string, bytes: Buffer, start: number, end: number): Taken;
  takeStatus(device: string, bytes: Buffer, start: number, end: number): Taken;
  /** Takes what a device says became of a command. */
  takeAnswer(device: string, bytes: Buffer, start: number, end: number): Taken;
  /** Opens a request that may bring many payloads; 'busy' when one of the same key is open. */
  openRequest(device: string, decoder: string, key: string | undefined): ReadingsRequest | 'busy';
}

/** What became of one payload. */
export interface Taken {
  /** `taken` also when it was quarantined: then `failure` says why. */
  readonly verdict: Verdict;
  /** Readings in line for the journal; 1 for a status or an answer. */
  readonly taken: number;
  readonly duplicates: number;
  readonly failure: { readonly reason: string; readonly why: string } | undefined;
}

/** What became of a request's payloads so far. */
export interface RequestOutcome {
  readonly taken: number;
  readonly duplicates: number;
  readonly quarantined: number;
  /** Of the first payloads that were quarantined, by their place in the request from 0. */
  readonly failures: readonly { readonly payload: number; readonly reason: string; readonly why: string }[];
}

/**
 * A request with payloads of readings of one device. Under a key it may be repeated, also after a crash: what an earlier
 * attempt had made durable is passed over, and what became of it is told again.
 */
export interface ReadingsRequest {
  /**
   * Takes some payloads, all or none; with `last` the request is whole. Throws the fault that refused them, and
   * INTAKE_KEY_REUSED when the key was used for other payloads before.
   */
  take(payloads: readonly Buffer[], last: boolean): void;
  /** Settles when what was taken is durable, and is remembered under the key. */
  commit(): Promise<void>;
  /** Of what is durable. */
  readonly outcome: RequestOutcome;
  /** Ends the request; its key may be used again. */
  release(): void;
}

/** How the node speaks to those who listen at its doors. */
export interface Outlet {
  /**
   * Sends a message to the sessions that subscribed. `matched` is how many there are; `acknowledged` gives the first
   * client that has it, or undefined when none can any more.
   */
  publish(message: OutletMessage): { readonly matched: number; readonly acknowledged: Promise<string | undefined> };
  /** Tells of each new subscription. */
  onSubscribed(listener: (filter: string) => void): void;
  readonly clients: number;
}

export interface OutletMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  /** Whoever subscribes later gets it too, at doors that can keep it. */
  readonly retain?: boolean;
}

/**
 * Readings by column, as the rules take them: nothing is allocated per reading. Row `i` has its numbers at
 * `numbers[valueAt[i]]` and on, in the order of `shape[i]`; a switch is 0 or 1, a text is NaN with its text in `texts`.
 */
export interface ReadingColumns {
  count: number;
  readonly offset: number[];
  /** Index of the device in the node's table. */
  readonly device: number[];
  readonly takenAt: number[];
  readonly receivedAt: number[];
  /** -1 when the device does not number its readings. */
  readonly boot: number[];
  readonly seq: number[];
  /** Bits of `Reading.quality`. */
  readonly quality: number[];
  readonly shape: Shape[];
  readonly valueAt: number[];
  /** How many of `numbers` count. */
  numberCount: number;
  readonly numbers: number[];
  readonly texts: Map<number, string>;
}

/** What the rules make of readings. */
export interface Derived {
  readonly alerts: Alert[];
  readonly commands: Command[];
  readonly statistics: Statistics[];
}

/** Small named states, replaced whole and durably. */
export interface Snapshots {
  read(name: string): Promise<Buffer | undefined>;
  write(name: string, bytes: Uint8Array): Promise<void>;
}

/** What proves who the node is and whom it believes, all PEM. */
export interface Identity {
  readonly key: string;
  /** For the link, as a client. */
  readonly certificate: string;
  /** For the doors, as a server. */
  readonly door: string;
  readonly authority: string;
}

/** Opens a door onto an intake of its own. */
export type OpenDoor = (
  intake: DeviceIntake,
  commands: Commands,
  readings: LastReadings,
  twins: Twins,
) => Outlet & Service;

/** What devices should do, what they say of themselves, and what is known of them. */
export interface Twins {
  /** The twin as the journal has it. Asks the cloud for one that is not here. */
  find(device: string): TwinValues | undefined;
  /**
   * Edits by patches of sections, as `readTwinPatch` reads them; settles when it is durable. Rejects with EDGE_TWIN_UNFIT,
   * EDGE_TWIN_FULL, EDGE_BACKLOGGED, and EDGE_TWIN_CHANGED when it has another version than `expected`.
   */
  edit(
    device: string,
    sections: Readonly<Record<string, unknown>>,
    about: { readonly by: string; readonly from: 'operator' | 'device'; readonly expected?: string },
  ): Promise<TwinValues>;
}

/** The newest durable reading of a device; a late one that is older is none. */
export interface LastReading extends Omit<Reading, 'quality'> {
  /** Never the same for two readings of a device. */
  readonly version: string;
}

/** The last readings of the devices that were heard last: after a start, of those in the end of the journal. */
export interface LastReadings {
  /** The end of the journal has been read: who is missing has no reading there. */
  readonly isWhole: boolean;
  of(device: string): LastReading | undefined;
  all(): Iterable<LastReading>;
  ids(): Iterable<string>;
  /** Tells each time that a device has a newer one. Gives the function that ends the watching. */
  watch(device: string, changed: () => void): () => void;
}

/** The commands that are not over, and those that were until lately. */
export interface Commands {
  find(id: string): { readonly device: string; readonly state: CommandState } | undefined;
}

/** What a rule has another device do, by a POST that the node sends it. */
export interface ActuatorAction {
  /** `coap:`, `coap+tcp:` or `coaps+tcp:`; `{device}` in its path or query stands for the device of the reading. */
  readonly url: string;
  /** Doing it twice is no more than doing it once. */
  readonly idempotent: boolean;
}

export interface ActuatorCall {
  /** Of the command. */
  readonly id: string;
  readonly device: string;
  /** As in `ActuatorAction`. */
  readonly url: string;
  readonly payload: Readonly<Record<string, Value>>;
  /** Milliseconds after which it must not be carried out any more. */
  readonly within: number;
}

export interface ActuatorAnswer {
  /** It was done. */
  readonly ok: boolean;
  /** Such as `2.04`. */
  readonly code: string;
  readonly payload: Buffer;
}

/** Speaks to actuators. */
export interface ActuatorClient {
  /** Calls once, whatever is lost on the way. Rejects with a fault when no answer came in time. */
  call(call: ActuatorCall, signal: AbortSignal): Promise<ActuatorAnswer>;
}

/** What the node is joined to: a real machine, or a simulated one. */
export interface EdgeAdapters {
  readonly disk: Disk;
  readonly snapshots: Snapshots;
  /** Absent: this node has had no other life. */
  readonly closed?: ClosedJournals;
  /** Undefined for a node without a cloud. */
  readonly transport: LinkTransport | undefined;
  /** The first door. */
  readonly door: OpenDoor;
  /** The others. A command looks for its device door by door, in this order. */
  readonly doors?: readonly OpenDoor[];
  /** Absent: the node keeps the configuration that it was started with. */
  readonly configuration?: ConfigurationLine;
  /** Needed where a rule has an actuator. */
  readonly actuators?: ActuatorClient & Service;
  /** Decoders of one's own, by the names that topic maps use. */
  readonly decoders?: Decoders;
  /** Compresses a batch's body for the link; gives it back as it is when that does not help. */
  readonly pack: (body: Uint8Array) => { readonly codec: 0 | 1; readonly body: Uint8Array };
  /** How frames of many batches are written; absent, each batch travels by itself. */
  readonly bundle?: Packing & { readonly profile: BundleProfile };
  readonly memoryBytes: () => number;
  /** How the bridges to other brokers are; absent without any. */
  readonly bridges?: () => readonly BridgeState[];
}

/** What an operator may do with the MQTT door; client identifiers are those of the sessions, with their scope. */
export type BrokerOperations = Pick<Broker, 'clients' | 'kick' | 'retained' | 'publish' | 'trace' | 'traceOf'>;

/** One operation of the node's HTTP interface, for the server to mount. The server decodes, authenticates and encodes. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Such as `/v1/broker/clients/{id}`: `{id}` is one path segment, percent-decoded, and may then contain `/`. */
  readonly path: string;
  /** Who may ask. Others are answered 401 or 403 before `handle`. */
  readonly for: 'operator' | 'anybody';
  /** Faults that it throws become problem documents (RFC 9457): fact `status` if there is one, else 500. */
  handle(request: RouteRequest): RouteAnswer | Promise<RouteAnswer>;
}

export interface RouteRequest {
  readonly principal: Principal;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** The JSON body, already parsed and of bounded size; undefined if there was none. */
  readonly body: unknown;
}

export interface RouteAnswer {
  readonly status: number;
  /** Written as JSON; nothing if absent. */
  readonly body?: unknown;
}
