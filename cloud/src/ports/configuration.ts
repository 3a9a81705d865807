import type {
  ConfigurationFrame,
  ConfigurationName,
  ConfigurationPhase,
  ConfiguredFrame,
  Settings,
} from '@selvedge/protocol';

/** One version of a node's configuration, and what became of it. */
export interface ConfigurationVersionView extends ConfigurationName {
  readonly node: string;
  readonly phase: ConfigurationPhase;
  /** Why it was refused, the node went back, or it was superseded. */
  readonly why: string | null;
  readonly by: string;
  /** The step of a saga that proposed it. */
  readonly about: string | null;
  readonly proposedAt: number;
  readonly preparedAt: number | null;
  readonly appliedAt: number | null;
  readonly endedAt: number | null;
  /** Null where only the node knows them. */
  readonly settings: Settings | null;
}

export interface ConfigurationView {
  readonly node: string;
  /** The highest that was ever given, 0 before the first; for `If-Match`. */
  readonly version: number;
  readonly latest: ConfigurationVersionView | null;
  /** What the node said last that it goes back to if it must; null before it has spoken. */
  readonly good: (ConfigurationName & { readonly settings: Settings | null }) | null;
  /** When it said so. */
  readonly heardAt: number | null;
}

export interface ConfigurationProposal {
  readonly settings: Settings;
  /** Only if this is the version that was read; absent: whatever is there. */
  readonly expected?: number;
  readonly by: string;
  /** Names the proposal: a second one of the same name changes nothing. */
  readonly about?: string;
}

export type ConfigurationProposed =
  | { readonly kind: 'done'; readonly view: ConfigurationView }
  | { readonly kind: 'refused'; readonly code: 'NODE_UNKNOWN' | 'CONFIGURATION_CHANGED'; readonly why: string };

/** The one place where nodes' configurations are decided. */
export interface Configurations {
  /** Undefined for a node that nobody knows. */
  find(node: string): Promise<ConfigurationView | undefined>;
  version(node: string, version: number): Promise<ConfigurationVersionView | undefined>;
  /** The version that a proposal of this name made, and the last confirmed one before it. */
  proposed(
    node: string,
    about: string,
  ): Promise<
    { readonly made: ConfigurationVersionView; readonly before: ConfigurationVersionView | undefined } | undefined
  >;
  /** Latest first. */
  history(
    node: string,
    range: { readonly before?: number; readonly limit: number },
  ): Promise<readonly ConfigurationVersionView[]>;
  /** Makes a new version, durably; what was not applied yet gives way to it. */
  propose(node: string, proposal: ConfigurationProposal, now: number): Promise<ConfigurationProposed>;
  /** The node has said what it holds; gives what to say to it, if anything. */
  heard(node: string, said: ConfiguredFrame, now: number): Promise<ConfigurationFrame | undefined>;
  /** What to say to a node that has said nothing new. */
  due(node: string, now: number): Promise<ConfigurationFrame | undefined>;
}
