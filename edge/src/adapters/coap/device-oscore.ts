import { oscore, oscoreMetrics, type ReplayStore, type Security } from '@selvedge/coap';
import {
  type Clock,
  defineMetrics,
  describeFailure,
  type Entropy,
  type Log,
  type Service,
  service,
} from '@selvedge/kernel';
import { readContexts } from './contexts.ts';
import { coapDoorFaults } from './faults.ts';

export interface DeviceOscoreParts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly store: ReplayStore;
  /** What stands in the file of contexts. */
  readonly secrets: string;
}

export interface DeviceOscore extends Security, Service {
  metrics(): string;
}

/**
 * The OSCORE contexts of devices. A context that cannot be used is left out and said; the node goes on without it, because
 * other devices must not wait for this one's mistake.
 */
export function deviceOscore({ clock, entropy, log, store, secrets }: DeviceOscoreParts): DeviceOscore {
  const metrics = defineMetrics(oscoreMetrics);
  const one = oscore({}, { store, clock, entropy, log, metrics });
  return {
    ...service({
      async start() {
        const read = readContexts(secrets);
        if (!read.ok)
          log.error('coap.secrets_refused', describeFailure(coapDoorFaults('COAP_SECRETS_INVALID', read.why)));
        for (const context of read.ok ? read.value : []) {
          await one.add(context).catch((cause: unknown) => {
            log.error('coap.context_refused', { device: context.identity, ...describeFailure(cause) });
          });
        }
      },
      stop: one.stop,
    }),
    unprotectRequest: one.unprotectRequest,
    protectRequest: one.protectRequest,
    metrics: () => metrics.expose(),
  };
}
