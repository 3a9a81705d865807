/** Something a device sent that cannot become a reading, kept so that a person can see why. */
export interface Quarantined {
  readonly source: string;
  readonly topic: string;
  readonly receivedAt: number;
  /** A code such as `payload-not-json`, `time-implausible`, `value-not-finite`. */
  readonly reason: string;
  readonly why: string;
  /** The payload in base64, at most its first 1 KiB. */
  readonly payload: string;
  readonly payloadBytes: number;
}
