/** How a node uses its link: what a moment's look at its budget shows. */
export interface LinkUse {
  /** What the link is taken to carry; 0 until something is known of it. */
  readonly capacityBytesPerSecond: number;
  /** Whether the capacity is measured and not configured. */
  readonly capacityIsMeasured: boolean;
  /** 0 (free) … 1 (jammed). */
  readonly congestion: number;
  readonly roundTripSeconds: number;
  /** On its way, and how much may be. */
  readonly inFlightBytes: number;
  readonly windowBytes: number;
  /** By class, the most urgent first. */
  readonly classes: readonly LinkClassUse[];
  /** Those that sent most, at most 20. */
  readonly devices: readonly LinkDeviceUse[];
  readonly meter: LinkMeterUse;
}

/** Since the node's start. */
export interface LinkClassUse {
  readonly frames: number;
  readonly bytes: number;
  /** Of them, what went as backlog. */
  readonly backlogBytes: number;
  /** Waiting now as live: batches of the journal, and requests of others. */
  readonly waiting: number;
  /** Left to the backlog because the link was too slow for them. */
  readonly demoted: number;
  /** Expendable and therefore dropped, never journaled data. */
  readonly dropped: number;
  /** Turned away because too many waited. */
  readonly refused: number;
}

/** Since the node's start; the bytes are the device's part of what was sent, by the size of its records. */
export interface LinkDeviceUse {
  readonly device: string;
  readonly records: number;
  readonly bytes: number;
}

/** What one link has carried in one month, in bytes as a provider counts them. */
export interface LinkMonth {
  /** Year and month in UTC, such as 2026-11. */
  readonly month: string;
  readonly upBytes: number;
  readonly downBytes: number;
  /** In the operator's currency. */
  readonly cost: number;
}

/** What the link costs. */
export interface LinkMeterUse extends LinkMonth {
  /** The link's name in the node's configuration. */
  readonly link: string;
  /** Bytes and cost at the end of the month, if it goes on like this. */
  readonly forecastBytes: number;
  readonly forecastCost: number;
  /** Bytes that the month may have; 0 for no cap. */
  readonly capBytes: number;
  /** The months before, latest first. */
  readonly before: readonly LinkMonth[];
}
