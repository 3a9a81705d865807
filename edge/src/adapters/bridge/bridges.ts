import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { type Clock, defineMetrics, type Entropy, type Log, type Random, type Service, stack } from '@selvedge/kernel';
import type { BridgeState } from '@selvedge/protocol';
import type { IClientOptions } from 'mqtt';
import { type Bridge, bridge, type ReadingsParts } from '../../engines/bridge/bridge.ts';
import { bridgeFaults } from '../../engines/bridge/faults.ts';
import { bridgeGate, bridgeUser } from '../../engines/bridge/gate.ts';
import { bridgeMetrics } from '../../engines/bridge/metrics.ts';
import type { BridgeOptions } from '../../engines/bridge/rule.ts';
import type { Gate, Snapshots } from '../../ports.ts';
import { type Accept, localDial, remoteDial } from './dials.ts';

export interface BridgesOptions {
  /** Name of the node. */
  readonly node: string;
  readonly bridges: readonly BridgeOptions[];
  readonly passwords: Readonly<Record<string, string>>;
}

export interface BridgesWorld {
  readonly clock: Clock;
  readonly random: Random;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly snapshots: Snapshots;
  readonly accept: Accept;
  /** Without it readings cross as messages alone. */
  readonly readings?: Pick<ReadingsParts, 'journal' | 'isReading'>;
}

/** The bridges of a node. Start them after its doors. */
export interface Bridges extends Service {
  /** The gate for the MQTT door: it lets the bridges in too. */
  readonly gate: (gate: Gate) => Gate;
  readonly states: () => readonly BridgeState[];
  readonly metrics: () => string;
}

/** Rejects with BRIDGE_FILE_UNREADABLE. */
export async function nodeBridges({ node, bridges, passwords }: BridgesOptions, world: BridgesWorld): Promise<Bridges> {
  const { clock, entropy, log } = world;
  const metrics = defineMetrics(bridgeMetrics);
  const atGate = bridges.map(({ name, rules }) => ({
    name,
    rules,
    // As text, since it travels as a password.
    secret: Buffer.from(Buffer.from(entropy.bytes(32)).toString('base64url')),
  }));
  const rules = bridges.flatMap((one) => one.rules);
  const all = await Promise.all(
    bridges.map(async (options, index): Promise<Bridge> => {
      const { name, url, clientId } = options;
      const credentials = await credentialsOf(options, passwords[name]);
      if (credentials.password !== undefined && isExposed(url))
        log.warn('bridge.password_exposed', { bridge: name, url });
      const at = { ...options, clientId: clientId === '' ? `selvedge-${node}-${name}` : clientId, credentials };
      const own = { bridge: name, username: bridgeUser(name), password: atGate[index]!.secret };
      return bridge(options, {
        ...world,
        node,
        metrics,
        readings: world.readings && { ...world.readings, rules },
        local: localDial(own, world),
        remote: remoteDial(at, { clock }),
      });
    }),
  );
  const states = (): readonly BridgeState[] => all.flatMap((one) => one.states());
  return {
    ...stack(...all),
    gate: (gate) => bridgeGate(gate, atGate),
    states,
    metrics() {
      states();
      return metrics.expose();
    },
  };
}

/** Whoever listens on the way reads the password. */
function isExposed(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return /^(?:mqtt|ws):$/.test(protocol) && !/^(?:localhost|\[::1\]|127\.[\d.]+)$/.test(hostname);
}

async function credentialsOf(options: BridgeOptions, password: string | undefined): Promise<IClientOptions> {
  const { username, passwordFile, authority, certificate, key } = options;
  const secret = passwordFile === '' ? password : (await fileOf(options, 'passwordFile')).toString('utf8').trimEnd();
  return {
    ...(username === '' ? {} : { username }),
    ...(secret === undefined ? {} : { password: secret }),
    ...(authority === '' ? {} : { ca: await fileOf(options, 'authority') }),
    ...(certificate === '' ? {} : { cert: await fileOf(options, 'certificate') }),
    ...(key === '' ? {} : { key: await fileOf(options, 'key') }),
  };
}

type FileField = 'passwordFile' | 'authority' | 'certificate' | 'key';

async function fileOf(options: BridgeOptions, field: FileField): Promise<Buffer> {
  const facts = { bridge: options.name, [field]: options[field] };
  try {
    return await readFile(options[field]);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw bridgeFaults('BRIDGE_FILE_UNREADABLE', `bridge ${options.name}, ${field}: ${said}`, facts, cause);
  }
}
