import {
  type Message,
  type OscoreContext,
  oscore,
  oscoreMetrics,
  type Peer,
  type ReplayStore,
  readOptions,
  registry,
  type Security,
} from '@selvedge/coap';
import {
  type Clock,
  defineMetrics,
  describeFailure,
  type Entropy,
  type Log,
  type Service,
  service,
} from '@selvedge/kernel';
import { type FileContext, hostName, readContexts } from './contexts.ts';
import { coapDoorFaults } from './faults.ts';
import type { Secrets } from './secrets-file.ts';

export interface FileOscoreParts {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly store: ReplayStore;
  readonly secrets: Secrets;
}

export interface FileOscore extends Security, Service {
  metrics(): string;
}

/**
 * The OSCORE contexts of devices. A context that cannot be used is left out and said; the node goes on without it, because
 * other devices must not wait for this one's mistake.
 */
export const deviceOscore = (parts: FileOscoreParts): FileOscore =>
  fileOscore(parts, ({ actuator }) => actuator === undefined);

/**
 * The OSCORE contexts of actuators. What goes to one that has a context is protected by it or does not go; nothing goes
 * anywhere while the file cannot be read.
 */
export const actuatorOscore = (parts: FileOscoreParts): FileOscore =>
  fileOscore(
    parts,
    ({ actuator }) => actuator !== undefined,
    (found, peer, request) => {
      if (!found) throw coapDoorFaults('COAP_SECRETS_INVALID', 'oscore.json does not say whom to call by OSCORE');
      const named = readOptions.first(request, registry.uriHost.number);
      return found.get(hostName(named?.toString('utf8') ?? peer.host, peer.port));
    },
  );

/** The contexts of actuators by `host:port`; undefined while nobody knows. */
type ByHost = ReadonlyMap<string, OscoreContext> | undefined;

function fileOscore(
  { clock, entropy, log, store, secrets }: FileOscoreParts,
  isMine: (one: FileContext) => boolean,
  choose?: (found: ByHost, peer: Peer, request: Message) => OscoreContext | undefined,
): FileOscore {
  const metrics = defineMetrics(oscoreMetrics);
  let byHost: ByHost;
  const one = oscore(choose ? { choose: (peer, request) => choose(byHost, peer, request) } : {}, {
    ...{ store, clock, entropy, log, metrics },
  });
  /** By fingerprint, those that are in use. */
  const used = new Map<string, OscoreContext>();

  /** Brings what is used to what the file says; a context that stays is not touched, and so are its numbers. */
  const apply = async (text: string): Promise<void> => {
    const read = readContexts(text);
    if (!read.ok) {
      log.error('coap.secrets_refused', describeFailure(coapDoorFaults('COAP_SECRETS_INVALID', read.why)));
      return;
    }
    const mine = read.value.filter(isMine);
    const wanted = new Set(mine.map(({ fingerprint }) => fingerprint));
    // From here on an actuator that is new is not called without its context.
    byHost = new Map(mine.map(({ actuator, context }) => [actuator ?? '', context]));
    for (const [fingerprint, context] of used) {
      if (wanted.has(fingerprint)) continue;
      used.delete(fingerprint);
      await one.remove(context);
    }
    for (const { fingerprint, context } of mine) {
      if (used.has(fingerprint)) continue;
      await one.add(context).then(
        () => used.set(fingerprint, context),
        (cause: unknown) => log.error('coap.context_refused', { device: context.identity, ...describeFailure(cause) }),
      );
    }
  };

  const ended = new AbortController();
  let following: Promise<void> | undefined;
  return {
    ...service({
      async start() {
        await apply(secrets.text);
        following = secrets.follow?.(async (text) => {
          await apply(text);
          log.info('coap.secrets_read', { contexts: used.size });
        }, ended.signal);
      },
      async stop() {
        ended.abort();
        await following;
        await one.stop();
      },
    }),
    unprotectRequest: one.unprotectRequest,
    protectRequest: one.protectRequest,
    metrics: () => metrics.expose(),
  };
}
