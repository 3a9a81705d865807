import type { Bound } from '@selvedge/coap';
import type { EdgeConfig } from '../../config.ts';
import type { EdgeWorld, Gate, Identity, OpenDoor, Snapshots } from '../../ports.ts';
import { actuatorClient, systemTransports } from './actuator-client.ts';
import { deviceOscore } from './device-oscore.ts';
import { type CoapDoor, type CoapDoorOptions, type CoapDoorWorld, coapDoor } from './door.ts';
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
  const path = `${config.data}/oscore.json`;
  const secrets = await readSecrets(path, parts.log);
  const ways = await coapWays(config, { ...parts, hasContexts: secrets !== undefined });
  const store = snapshotReplayStore(parts.snapshots);
  const security = secrets === undefined ? undefined : deviceOscore({ ...parts, store, secrets });
  let door: CoapDoor | undefined;
  return {
    open: (intake, commands, readings) =>
      (door = openDoor(config, { ...parts, ways, security }, intake, commands, readings)),
    addresses: () => door?.addresses ?? [],
    metrics: () => (door?.metrics() ?? '') + (security?.metrics() ?? ''),
  };
}

/** The door on these sockets. */
export function openDoor(
  { coap: { connectionsMax, observersMax }, intake: { payloadMax } }: EdgeConfig,
  { ways, ...world }: CoapDoorWorld & Pick<CoapDoorOptions, 'ways'>,
  ...node: Parameters<OpenDoor>
): CoapDoor {
  return coapDoor({ ways, connectionsMax, observersMax, payloadMax }, world, ...node);
}

/** Who calls the actuators of the rules; with a certificate it shows that, and believes its authority's. */
export async function openActuators(
  urls: readonly string[],
  { certificate, ...world }: Pick<CoapParts, keyof EdgeWorld | 'certificate'>,
): Promise<ReturnType<typeof actuatorClient>> {
  const needsTls = urls.some((url) => url.startsWith('coaps'));
  return actuatorClient(systemTransports(urls, needsTls ? await certificate() : undefined), world);
}
