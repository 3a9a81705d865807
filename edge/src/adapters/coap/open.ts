import type { Bound } from '@selvedge/coap';
import type { EdgeConfig } from '../../config.ts';
import { actuatorUrls } from '../../engines/actuator/actions.ts';
import type { EdgeWorld, Gate, Identity, OpenDoor, Snapshots } from '../../ports.ts';
import { actuatorClient, systemTransports } from './actuator-client.ts';
import { actuatorTls } from './actuator-tls.ts';
import { type CoapDoor, type CoapDoorOptions, type CoapDoorWorld, coapDoor } from './door.ts';
import { actuatorOscore, deviceOscore } from './file-oscore.ts';
import { snapshotReplayStore } from './replay-store.ts';
import { readSecrets } from './secrets-file.ts';
import { coapWays } from './ways.ts';

export interface CoapParts extends EdgeWorld {
  readonly gate: Gate;
  /** Keeps the changing part of OSCORE contexts. */
  readonly snapshots: Snapshots;
  /** The node's certificate; rejects while it has none. */
  readonly certificate: () => Promise<Identity>;
  /** PEM of those whose client certificates are believed; undefined: none is asked for. */
  readonly authorities: string | undefined;
}

export interface OpenedCoap {
  readonly open: OpenDoor;
  /** Empty until it has started. */
  addresses(): readonly Bound[];
  metrics(): string;
}

/** The CoAP door of this machine as the configuration has it. Throws COAP_PLAIN_REFUSED or COAP_SECRETS_INVALID. */
export async function openCoap(config: EdgeConfig, parts: CoapParts): Promise<OpenedCoap> {
  const secrets = await readSecrets(secretsOf(config), parts);
  const ways = await coapWays(config, { ...parts, hasContexts: secrets !== undefined });
  const store = snapshotReplayStore(parts.snapshots);
  const security = secrets === undefined ? undefined : deviceOscore({ ...parts, store, secrets });
  let door: CoapDoor | undefined;
  return {
    open: (...node) => (door = openDoor(config, { ...parts, ways, security }, ...node)),
    addresses: () => door?.addresses ?? [],
    metrics: () => (door?.metrics() ?? '') + (security?.metrics() ?? ''),
  };
}

/** The door on these sockets. */
export function openDoor(
  { coap: { connectionsMax, observersMax }, intake: { payloadMax } }: EdgeConfig,
  { ways, ...world }: CoapDoorWorld & Pick<CoapDoorOptions, 'ways'>,
  ...[intake, commands, readings]: Parameters<OpenDoor>
): CoapDoor {
  return coapDoor({ ways, connectionsMax, observersMax, payloadMax }, world, intake, commands, readings);
}

export type ActuatorParts = Pick<CoapParts, keyof EdgeWorld | 'certificate' | 'snapshots'>;

/** Who calls the actuators of the rules, by OSCORE those that have a context. Throws COAP_SECRETS_INVALID or COAP_TLS_FILE_UNREADABLE. */
export async function openActuators(
  config: EdgeConfig,
  { certificate, snapshots, ...world }: ActuatorParts,
): Promise<ReturnType<typeof actuatorClient>> {
  const urls = actuatorUrls(config.rules);
  const secrets = await readSecrets(secretsOf(config), world);
  const security = secrets && actuatorOscore({ ...world, secrets, store: snapshotReplayStore(snapshots) });
  const needsTls = urls.some((url) => url.startsWith('coaps'));
  const tls = needsTls ? await actuatorTls(config.actuators, certificate) : undefined;
  return actuatorClient(systemTransports(urls, tls), { ...world, security });
}

const secretsOf = ({ data }: EdgeConfig): string => `${data}/oscore.json`;
