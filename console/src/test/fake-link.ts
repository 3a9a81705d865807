import type { BridgeState, LinkClassUse, LinkUse } from '../api/views.ts';

/** A broker on each side, one of which is away. */
export const bridges: readonly BridgeState[] = [
  { bridge: 'works', direction: 'in', connected: true, inFlight: 0 },
  { bridge: 'works', direction: 'out', connected: true, inFlight: 2 },
  { bridge: 'archive', direction: 'readings', connected: false, inFlight: 0, behind: 18_204 },
];

/** The yard hangs on a metered link that this month will not suffice for. */
export function linkUse(isYard: boolean): LinkUse {
  const of = (bytes: number, backlogBytes: number, demoted: number): LinkClassUse => ({
    ...{ bytes, backlogBytes, waiting: 0, demoted, dropped: 0, refused: 0 },
  });
  const upBytes = isYard ? 412_000_000 : 1_904_000_000;
  return {
    capacityBytesPerSecond: isYard ? 32_000 : 1_480_000,
    capacityIsMeasured: !isYard,
    congestion: isYard ? 0.22 : 0.01,
    roundTripSeconds: isYard ? 0.31 : 0.018,
    inFlightBytes: isYard ? 5_120 : 0,
    classes: [
      of(184_320, 0, 0),
      of(1_320_000_000, 48_000_000, isYard ? 310 : 0),
      of(96_000_000, 0, 0),
      of(8_200, 0, 0),
    ],
    devices: [
      { device: 'press-03', records: 1_204_551, bytes: 84_200_100 },
      { device: 'pump-7', records: 402_118, bytes: 21_004_300 },
    ],
    meter: {
      link: isYard ? 'cellular' : 'fibre',
      month: '2026-11',
      upBytes,
      downBytes: upBytes / 20,
      cost: isYard ? 4.12 : 0,
      forecastBytes: upBytes * 1.45,
      forecastCost: isYard ? 5.97 : 0,
      capBytes: isYard ? 500_000_000 : 0,
    },
  };
}
