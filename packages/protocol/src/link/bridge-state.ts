/** One way of a bridge to another broker, at the moment of a report. */
export interface BridgeState {
  readonly bridge: string;
  readonly direction: 'in' | 'out' | 'readings';
  readonly connected: boolean;
  readonly inFlight: number;
  /** Records of the journal that are not passed yet. */
  readonly behind?: number;
}
