import type { ConfiguredFrame, JsonRecord } from '@selvedge/protocol';

/** A node as whoever configures it sees it. */
export interface ConfigurationNode {
  /** Journals; `durable` runs afterwards. False: there is no room. */
  write(record: JsonRecord, durable: () => void): boolean;
  /** Over the link, if it is up and the cloud knows configurations. */
  send(frame: ConfiguredFrame): boolean;
  readonly isLinked: boolean;
}

/** The way between a node and whoever configures it, who outlives the node. */
export interface ConfigurationLine {
  /** A node begins; it takes the place of the one before. */
  attach(node: ConfigurationNode): void;
  /** The link is up, and its cloud knows configurations. */
  linked(): void;
  /** A frame came over the link. */
  hear(body: unknown): void;
  metrics(): string;
}
