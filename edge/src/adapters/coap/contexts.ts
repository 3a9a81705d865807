import { createHash } from 'node:crypto';
import { type AeadName, locate, type OscoreContext, oscoreContext, registry } from '@selvedge/coap';
import { type Decoded, decoded, isFault, undecodable } from '@selvedge/kernel';
import { isDeviceId } from '@selvedge/protocol';

/** Members of a context, all bytes in hexadecimal; ids are as the node sees them: `senderId` is its own. */
const byteNames = ['masterSecret', 'masterSalt', 'senderId', 'recipientId', 'idContext'] as const;
const known = new Set<string>(['device', 'actuator', 'algorithm', 'replayWindow', ...byteNames]);

/** A context, and whom it is shared with. */
export interface FileContext {
  readonly context: OscoreContext;
  /** `host:port` of an actuator; undefined for a device. */
  readonly actuator: string | undefined;
  /** The same for contexts that are the same in everything. */
  readonly fingerprint: string;
}

/**
 * Reads `{"contexts": [{"device", "masterSecret", "senderId", "recipientId", …}]}`; in the place of `device` stands
 * `actuator`, as `coap://host:port`, for one that the node calls. What is wrong is told by place and member, never by
 * value: it may be a secret.
 */
export function readContexts(text: string): Decoded<readonly FileContext[]> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undecodable('it is not JSON');
  }
  const list = (raw as { contexts?: unknown } | null)?.contexts;
  if (!Array.isArray(list)) return undecodable('it has no list contexts');
  const contexts: FileContext[] = [];
  for (const [index, one] of (list as unknown[]).entries()) {
    const read = readContext((typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>);
    if (!read.ok) return undecodable(`context ${index}: ${read.why}`);
    const { context, actuator } = read.value;
    // Devices and actuators are kept apart, and each would count its numbers from the same beginning.
    if (contexts.some((other) => other.context.stateName === context.stateName))
      return undecodable(`context ${index}: an earlier one has the same sender key`);
    if (actuator !== undefined && contexts.some((other) => other.actuator === actuator))
      return undecodable(`context ${index}: an earlier one is for the same actuator`);
    contexts.push(read.value);
  }
  return decoded(contexts);
}

function readContext(raw: Readonly<Record<string, unknown>>): Decoded<FileContext> {
  const surplus = Object.keys(raw).find((name) => !known.has(name));
  if (surplus !== undefined) return undecodable('it has a member that is not known');
  const { device, actuator, algorithm, replayWindow } = raw;
  if ((device === undefined) === (actuator === undefined)) return undecodable('it is for a device or for an actuator');
  if (device !== undefined && !(typeof device === 'string' && isDeviceId(device)))
    return undecodable('device is not a device id');
  const called = actuator === undefined ? undefined : hostOf(actuator);
  if (actuator !== undefined && called === undefined)
    return undecodable('actuator is no coap://host:port, with nothing behind it');
  const bytes: Partial<Record<(typeof byteNames)[number], Buffer>> = {};
  for (const name of byteNames) {
    const value = raw[name];
    if (value === undefined) continue;
    if (typeof value !== 'string' || !/^(?:[\da-f]{2})*$/i.test(value))
      return undecodable(`${name} is not hexadecimal`);
    bytes[name] = Buffer.from(value, 'hex');
  }
  const { masterSecret, senderId, recipientId, ...others } = bytes;
  if (!masterSecret || !senderId || !recipientId)
    return undecodable('masterSecret, senderId and recipientId must be given');
  try {
    const context = oscoreContext({
      ...{ masterSecret, senderId, recipientId, ...others, identity: called ?? String(device) },
      ...(algorithm === undefined ? {} : { algorithm: algorithm as AeadName }),
      ...(replayWindow === undefined ? {} : { replayWindow: replayWindow as number }),
    });
    const fingerprint = createHash('sha256')
      .update(JSON.stringify(Object.entries(raw).toSorted()))
      .digest('hex');
    return decoded({ context, actuator: called, fingerprint });
  } catch (cause) {
    if (isFault(cause)) return undecodable(cause.message);
    throw cause;
  }
}

/** `host:port` of a URL that has nothing else; one context serves UDP, TCP and TLS there. */
function hostOf(url: unknown): string | undefined {
  try {
    const { host, port, options } = locate(String(url));
    return options.every(({ number }) => number === registry.uriHost.number) ? hostName(host, port) : undefined;
  } catch {
    return undefined;
  }
}

export const hostName = (host: string, port: number): string => `${host.toLowerCase()}:${port}`;
