import type { coapMetrics } from '@selvedge/coap';
import type { Meter, Metrics } from '@selvedge/kernel';

type CoapMetrics = Metrics<typeof coapMetrics>;

/** Lends one table of metrics to several endpoints: a gauge that each sets for itself shows their sum. */
export function sharedMeters(all: CoapMetrics): () => CoapMetrics {
  const share = (meter: Meter): Meter => {
    const mine = new Map<string, number>();
    return {
      ...meter,
      set(value, ...labels) {
        const key = labels.join('\n');
        meter.add(value - (mine.get(key) ?? 0), ...labels);
        mine.set(key, value);
      },
    };
  };
  return () => ({
    ...all,
    observers: share(all.observers),
    peers: share(all.peers),
    connections: share(all.connections),
  });
}
