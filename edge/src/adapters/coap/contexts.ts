import { type AeadName, type OscoreContext, oscoreContext } from '@selvedge/coap';
import { type Decoded, decoded, isFault, undecodable } from '@selvedge/kernel';
import { isDeviceId } from '@selvedge/protocol';

/** Members of a context, all bytes in hexadecimal; ids are as the node sees them: `senderId` is its own. */
const byteNames = ['masterSecret', 'masterSalt', 'senderId', 'recipientId', 'idContext'] as const;
const known = new Set<string>(['device', 'algorithm', 'replayWindow', ...byteNames]);

/**
 * Reads `{"contexts": [{"device", "masterSecret", "senderId", "recipientId", …}]}`. What is wrong is told by place and
 * member, never by value: it may be a secret.
 */
export function readContexts(text: string): Decoded<readonly OscoreContext[]> {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return undecodable('it is not JSON');
  }
  const list = (raw as { contexts?: unknown } | null)?.contexts;
  if (!Array.isArray(list)) return undecodable('it has no list contexts');
  const contexts: OscoreContext[] = [];
  for (const [index, one] of (list as unknown[]).entries()) {
    const read = readContext((typeof one === 'object' && one !== null ? one : {}) as Record<string, unknown>);
    if (!read.ok) return undecodable(`context ${index}: ${read.why}`);
    contexts.push(read.value);
  }
  return decoded(contexts);
}

function readContext(raw: Readonly<Record<string, unknown>>): Decoded<OscoreContext> {
  const surplus = Object.keys(raw).find((name) => !known.has(name));
  if (surplus !== undefined) return undecodable('it has a member that is not known');
  const { device, algorithm, replayWindow } = raw;
  if (typeof device !== 'string' || !isDeviceId(device)) return undecodable('device is not a device id');
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
    return decoded(
      oscoreContext({
        ...{ masterSecret, senderId, recipientId, ...others, identity: device },
        ...(algorithm === undefined ? {} : { algorithm: algorithm as AeadName }),
        ...(replayWindow === undefined ? {} : { replayWindow: replayWindow as number }),
      }),
    );
  } catch (cause) {
    if (isFault(cause)) return undecodable(cause.message);
    throw cause;
  }
}
