import { createHash } from 'node:crypto';
import { type Field, versionOf } from './field.ts';

/** Where a device is. `term` rises each time that the cloud finds it at another node. */
export interface Owner {
  readonly node: string;
  readonly term: number;
}

/** What one side knows of a device's desired and reported values, tags and policies, by path. */
export interface Twin {
  readonly device: string;
  readonly owner: Owner;
  readonly fields: Readonly<Record<string, Field>>;
}

/** Some fields of a twin, as one side tells them to the other. */
export type TwinPart = Twin;

export const newTwin = (device: string, owner: Owner = { node: '', term: 0 }): Twin => ({ device, owner, fields: {} });

/** The owner of the higher term; of equal ones, as two nodes may make apart, that of the greater name. */
export function joinOwners(one: Owner, other: Owner): Owner {
  if (one.term !== other.term) return one.term > other.term ? one : other;
  return one.node >= other.node ? one : other;
}

/** The version of a twin: 16 hexadecimal characters, the same on both sides exactly when they know the same. */
export function digestOf({ owner, fields }: Twin): string {
  const hash = createHash('sha256').update(JSON.stringify([owner.node, owner.term]));
  for (const path of Object.keys(fields).sort((one, other) => (one < other ? -1 : 1)))
    hash.update(`\n${path}\t${versionOf(fields[path]!)}`);
  return hash.digest('hex').slice(0, 16);
}

/** Sizes of fields, which never change: a twin is measured at each edit, and most of it is as before. */
const sizes = new WeakMap<Field, number>();

/** Bytes of a twin's fields, about as JSON has them. */
export function sizeOfTwin({ device, fields }: Twin): number {
  let size = device.length;
  for (const [path, field] of Object.entries(fields)) {
    const known = sizes.get(field) ?? JSON.stringify(field).length;
    sizes.set(field, known);
    size += path.length + known;
  }
  return size;
}

/** The version of all twins of a node: one text to compare where nothing has changed. */
export function rootOf(digests: Iterable<readonly [device: string, digest: string]>): string {
  const hash = createHash('sha256');
  for (const [device, digest] of [...digests].sort(([one], [other]) => (one < other ? -1 : 1)))
    hash.update(`${device}\t${digest}\n`);
  return hash.digest('hex').slice(0, 32);
}
