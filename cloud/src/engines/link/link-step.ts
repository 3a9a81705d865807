import type { Decoded, Duration } from '@selvedge/kernel';
import {
  type BatchFrame,
  type Bundle,
  type Command,
  type ConfigurationFrame,
  type ConfiguredFrame,
  encodeFrame,
  type Interval,
  type NodeReport,
  type TwinFrame,
} from '@selvedge/protocol';
import type { Taken } from '../../ports.ts';
import type { Fit, Proof } from './fit.ts';
import type { Hello, HelloFacts } from './hello.ts';
import type { BrokenRun } from './take-bundle.ts';

/**
 * One link as the cloud sees it: hello → welcome → batches, reports, commands, questions, until it ends.
 * greeting: nothing heard yet. checking: the store, and where it cannot tell the node, are asked whether the journal fits. open: batches may come.
 */
export interface LinkSession {
  /** By the certificate. */
  readonly node: string;
  readonly phase: 'greeting' | 'checking' | 'open' | 'ended';
  /** Empty until the hello. */
  readonly epoch: string;
  /** From the facts to the welcome. */
  readonly greeting: Greeting | undefined;
  /** Clock ticks. */
  readonly beganAt: number;
  readonly heardAt: number;
  readonly pingedAt: number;
  /** Bytes of frames whose batches are not durable yet. */
  readonly waitingBytes: number;
  readonly paused: boolean;
  /** Durable, and not acknowledged yet. */
  readonly settled: readonly Interval[];
  /** Commands that were sent and that the node has not taken. */
  readonly sent: ReadonlySet<string>;
  /** The node has spoken of twins, so it understands what is said of them. */
  readonly knowsTwins: boolean;
  /** The node has said how it is configured, so it understands what is said of that. */
  readonly knowsConfigurations: boolean;
}

/** What a link that is being checked will be welcomed with, and what it was asked. */
export interface Greeting {
  readonly hello: Hello;
  readonly acknowledged: readonly Interval[];
  /** The offset that the node is to prove, until it has answered. */
  readonly asked: number | undefined;
  readonly rounds: number;
}

export interface LinkLimits {
  /** A link that is silent for this long is closed; after a third of it, it is asked for a sign of life. */
  readonly silentMax: Duration;
  /** How long a node may take to say hello. */
  readonly greetMax: Duration;
  /** Bytes that may wait; beyond it reading pauses, and beyond four times as much the link ends. */
  readonly waitingMax: number;
}

export interface Moment {
  readonly wall: number;
  readonly ticks: number;
}

export type LinkInput =
  | { readonly kind: 'frame'; readonly frame: Buffer }
  /** A frame of many batches, decoded by whoever knows what came before on its connection. */
  | { readonly kind: 'bundle'; readonly bundle: Decoded<Bundle> }
  /** What the store knows, after `look`. */
  | { readonly kind: 'facts'; readonly hello: Hello; readonly facts: HelloFacts }
  /** Whether the journal is the one that the log holds, after `claim`. */
  | { readonly kind: 'claimed'; readonly fit: Fit }
  /** What became of a batch, after `take`. */
  | { readonly kind: 'taken'; readonly batch: BatchFrame; readonly taken: Taken }
  /** What became of the batches of a bundle, after `takeBundle`. */
  | {
      readonly kind: 'bundleTaken';
      readonly bundle: Bundle;
      readonly settled: readonly Interval[];
      readonly broken: readonly BrokenRun[];
      /** Why the journal is another than what was shipped before, if it is. */
      readonly refused: string | undefined;
    }
  /** Too many nodes say hello at once. */
  | { readonly kind: 'crowded'; readonly retryAfter: Duration }
  /** The batch was not what it says of itself, and has been set aside. */
  | { readonly kind: 'broken'; readonly batch: BatchFrame; readonly why: string }
  /** The end of a turn in which batches became durable. */
  | { readonly kind: 'settle' }
  | { readonly kind: 'command'; readonly command: Command }
  /** Something to say of twins, and that what the node said of them is none. */
  | { readonly kind: 'twin'; readonly frame: TwinFrame }
  | { readonly kind: 'twinUnfit'; readonly why: string }
  | { readonly kind: 'configuration'; readonly frame: ConfigurationFrame }
  | { readonly kind: 'question'; readonly question: number; readonly what: 'audit' }
  /** Another connection of the node counts now. */
  | { readonly kind: 'replaced' }
  /** What was sent to the node waits to leave this machine: it does not read. */
  | { readonly kind: 'unread'; readonly bytes: number }
  /** The store could not be asked, or could not take a batch; nothing of it was acknowledged. */
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'tick' };

export type LinkEffect =
  | { readonly kind: 'send'; readonly frame: Buffer }
  | { readonly kind: 'look'; readonly hello: Hello }
  /** The journal is to be this link's, if it fits what the log holds. */
  | { readonly kind: 'claim'; readonly hello: Hello; readonly proof: Proof | undefined }
  | { readonly kind: 'opened'; readonly hello: Hello }
  | { readonly kind: 'take'; readonly batch: BatchFrame }
  | { readonly kind: 'takeBundle'; readonly bundle: Bundle }
  | { readonly kind: 'settleSoon' }
  | { readonly kind: 'commandTaken'; readonly id: string }
  | { readonly kind: 'report'; readonly report: NodeReport }
  | { readonly kind: 'hearTwin'; readonly frame: TwinFrame }
  | { readonly kind: 'hearConfigured'; readonly said: ConfiguredFrame }
  | { readonly kind: 'answer'; readonly question: number; readonly answer: unknown }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'end'; readonly code: string; readonly message: string };

export interface LinkStep {
  readonly session: LinkSession;
  readonly effects: readonly LinkEffect[];
}

/** Ends the link, and tells the node why. */
export function refuse(session: LinkSession, code: string, message: string, retryAfter?: Duration): LinkStep {
  const step = end(session, code, message);
  const refused = { code, message, ...(retryAfter !== undefined && { retryAfter }) };
  return { session: step.session, effects: [send('refused', refused), ...step.effects] };
}

/** Ends the link without a word. */
export const end = (session: LinkSession, code: string, message: string): LinkStep => ({
  session: { ...session, phase: 'ended' },
  effects: [{ kind: 'end', code, message }],
});

/** A text frame to send. */
export const send = <Type extends Parameters<typeof encodeFrame>[0]>(
  type: Type,
  body: Parameters<typeof encodeFrame<Type>>[1],
): LinkEffect => ({ kind: 'send', frame: encodeFrame(type, body) });
