import type { Settings, Value } from '@selvedge/protocol';

/** One thing that a saga does. */
export type SagaAction =
  /** Proposes a configuration and waits until the node has confirmed it. */
  | { readonly kind: 'configure'; readonly node: string; readonly settings: Settings }
  /** Sends a command and waits for the device's word. */
  | {
      readonly kind: 'command';
      readonly device: string;
      readonly command: string;
      readonly arguments: Readonly<Record<string, Value>>;
      readonly expiresInSeconds: number;
    }
  /** Edits a twin, as `PATCH /v1/devices/{id}/twin` does. */
  | { readonly kind: 'twin'; readonly device: string; readonly sections: Readonly<Record<string, unknown>> }
  /** To undo `configure`: the settings that were confirmed before it. */
  | { readonly kind: 'restore' };

export interface SagaStep {
  readonly name: string;
  readonly do: SagaAction;
  /** Null: nothing is to be undone. */
  readonly undo: SagaAction | null;
}

/** Steps that are done one after the other, or else undone one after the other. */
export interface SagaPlan {
  readonly name: string;
  readonly steps: readonly SagaStep[];
  /** Milliseconds after which a saga that is not done goes back. */
  readonly within: number;
  /** How often a step that failed is tried again before the saga goes back. */
  readonly retriesMax: number;
}

/**
 * running → done, or back and undone; stuck: something could not be undone, so a person decides.
 * Of a step: waiting → doing → done or failed; undoing → undone, or stuck.
 */
export type SagaStatus = 'running' | 'done' | 'undone' | 'stuck';
export type SagaStepPhase = 'waiting' | 'doing' | 'done' | 'failed' | 'undoing' | 'undone' | 'stuck';

export interface SagaStepView extends SagaStep {
  readonly phase: SagaStepPhase;
  /** From 1: how often it was tried, in the direction in which the saga goes. */
  readonly attempt: number;
  /** Nothing is known of what it did, so that it must be undone. */
  readonly isUncertain: boolean;
  /** Before this time it is not tried again. */
  readonly notBefore: number;
  readonly why: string | null;
  readonly result: unknown;
}

export interface SagaView {
  readonly id: string;
  readonly name: string;
  readonly by: string;
  readonly status: SagaStatus;
  readonly direction: 'forward' | 'back';
  /** Why it goes back, or is stuck. */
  readonly why: string | null;
  readonly createdAt: number;
  readonly endedAt: number | null;
  /** When it goes back, or is stuck. */
  readonly deadline: number;
  readonly within: number;
  readonly retriesMax: number;
  /** Rises with each change. */
  readonly revision: number;
  readonly steps: readonly SagaStepView[];
}

export interface SagaEvent {
  /** What has changed: `begun`, `doing`, `done` … */
  readonly what: string;
  readonly step: number | null;
  readonly attempt: number | null;
  readonly why: string | null;
}

export interface SagaEventView extends SagaEvent {
  readonly sequence: number;
  readonly at: number;
}

/** Keeps sagas and what happened in them. */
export interface Sagas {
  /** False: the id is there already, or `full`: too many run. */
  create(saga: SagaView): Promise<boolean | 'full'>;
  find(id: string): Promise<SagaView | undefined>;
  /** Latest first; those that run in the order of their creation. */
  list(filter: { readonly status?: SagaStatus; readonly limit: number }): Promise<readonly SagaView[]>;
  /** Durably, with what happened; false when it is not the next revision of what is there. */
  save(saga: SagaView, events: readonly SagaEventView[]): Promise<boolean>;
  /** Latest first. */
  history(id: string, limit: number): Promise<readonly SagaEventView[]>;
}
