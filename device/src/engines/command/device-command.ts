import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Value } from '@selvedge/protocol';

/** An order as the device receives it on `commands/<id>`. */
export interface DeviceCommand {
  /** Names the command for ever; it is carried out at most once. */
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, Value>>;
  /** Milliseconds since the Unix epoch; absent: it does not expire. */
  readonly expiresAt?: number;
  /** How often the device had moved between nodes when it was ordered; absent: it is not fenced. */
  readonly fence?: number;
  readonly reason: string;
}

/** Characters. */
const idMax = 256;

/** Reads `{"id":…,"command":…,"arguments":{…},"expires_at":ms,"reason":…}`; only `id` and `command` must be there. */
export function decodeDeviceCommand(payload: Uint8Array): Decoded<DeviceCommand> {
  let raw: unknown;
  try {
    raw = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return undecodable(`${payload.length} bytes that are not JSON in UTF-8`);
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undecodable('a command is a JSON object');
  const { id, command, arguments: given, expires_at: expiresAt, fence, reason } = raw as Record<string, unknown>;
  if (typeof id !== 'string' || id === '' || id.length > idMax)
    return undecodable(
      `id must be a text of 1 to ${idMax} characters: without it the command could be carried out twice`,
    );
  if (typeof command !== 'string' || command === '') return undecodable('command must be the name of a command');
  if (given !== undefined && (typeof given !== 'object' || given === null || Array.isArray(given)))
    return undecodable('arguments must be an object');
  if (expiresAt !== undefined && typeof expiresAt !== 'number')
    return undecodable('expires_at must be in milliseconds since the Unix epoch');
  if (fence !== undefined && !Number.isSafeInteger(fence)) return undecodable('fence must be a whole number');
  return decoded({
    id,
    name: command,
    arguments: (given ?? {}) as Readonly<Record<string, Value>>,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(fence === undefined ? {} : { fence: fence as number }),
    reason: typeof reason === 'string' ? reason : '',
  });
}
