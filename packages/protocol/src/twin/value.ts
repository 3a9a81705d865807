import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Value } from '../reading.ts';

/** What a field holds: one value, or a list of them. */
export type TwinValue = Value | readonly Value[];

/** Bounds of a twin. An edit beyond them is refused; what another replica has made durable within them never is. */
export const twinMax = {
  /** Fields, deleted ones among them. */
  fields: 256,
  /** Bytes of one value as JSON. */
  valueBytes: 4_096,
  /** Bytes of all fields of a twin with their versions, as JSON: two sides that were full apart still fit one frame. */
  sizeBytes: 262_144,
  /** Characters of a field's path. */
  pathLength: 160,
  /** Replicas that may stand in one field: the cloud, and the nodes and disks that ever had the device. */
  replicas: 64,
  /** Events of one twin that the cloud keeps; older ones are let go, and the state they led to stays. */
  events: 1_000,
} as const;

export const sections = ['desired', 'reported', 'tags'] as const;
export type Section = (typeof sections)[number];

const pathForm = /^(?:policy\.(?:desired|reported|tags)(?:\.[^\p{C}.]+)*|(?:desired|reported|tags)(?:\.[^\p{C}.]+)+)$/u;

/**
 * A path is a section and names between dots: `desired.heater.setpoint`. The policy of a field, or of all below a path, is
 * at `policy.<its path>`.
 */
export const isTwinPath = (path: string): boolean =>
  path.length <= twinMax.pathLength && pathForm.test(path) && path.isWellFormed();

export function readTwinValue(raw: unknown): Decoded<TwinValue> {
  if (!Array.isArray(raw) && !isScalar(raw)) return undecodable('it is no number, text, switch or list of these');
  if (Array.isArray(raw) && !raw.every(isScalar)) return undecodable('a list holds numbers, texts and switches');
  const bytes = new TextEncoder().encode(JSON.stringify(raw)).length;
  if (bytes > twinMax.valueBytes) return undecodable(`it has ${bytes} bytes, ${twinMax.valueBytes} are allowed`);
  return decoded(raw as TwinValue);
}

const isScalar = (raw: unknown): raw is Value =>
  (typeof raw === 'number' && Number.isFinite(raw)) ||
  typeof raw === 'boolean' ||
  (typeof raw === 'string' && raw.isWellFormed());

export const sameValue = (one: TwinValue | undefined, other: TwinValue | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);
