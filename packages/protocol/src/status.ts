/** What a device says of itself on `devices/<device>/status`, or what the edge saw of its connection. */
export interface Status {
  readonly device: string;
  readonly online: boolean;
  readonly at: number;
  /** The device's own words, at most 4 KiB of JSON. */
  readonly detail?: unknown;
}
