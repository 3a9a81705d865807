import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { TwinEdit } from './edit.ts';
import { noField } from './field.ts';
import type { Twin } from './twin.ts';
import { isTwinPath, readTwinValue, twinMax } from './value.ts';

/**
 * Reads a patch of one section, such as `{"interval": 5, "heater": {"setpoint": 21, "mode": null}}`: an object stands for
 * the names below it, as dots would, and null deletes a field and all below it (after RFC 7396). Gives the first mistake.
 */
export function readTwinPatch(twin: Pick<Twin, 'fields'>, prefix: string, raw: unknown): Decoded<readonly TwinEdit[]> {
  const edits: TwinEdit[] = [];
  const why = visit(twin, prefix, raw, edits);
  return why === undefined ? decoded(edits) : undecodable(why);
}

function visit(twin: Pick<Twin, 'fields'>, path: string, raw: unknown, edits: TwinEdit[]): string | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return `${path} is no object`;
  for (const [name, one] of Object.entries(raw)) {
    const inner = `${path}.${name}`;
    if (!isTwinPath(inner)) return `${inner.slice(0, twinMax.pathLength)} is no path of a twin`;
    if (edits.length > twinMax.fields) return `there are more than ${twinMax.fields} fields`;
    if (one === null) edits.push(...deletions(twin, inner));
    else if (typeof one === 'object' && !Array.isArray(one)) {
      const why = visit(twin, inner, one, edits);
      if (why !== undefined) return why;
    } else {
      const value = readTwinValue(one);
      if (!value.ok) return `${inner}: ${value.why}`;
      edits.push({ path: inner, value: value.value });
    }
  }
  return undefined;
}

const deletions = ({ fields }: Pick<Twin, 'fields'>, path: string): readonly TwinEdit[] =>
  Object.keys(fields)
    .filter((one) => one === path || one.startsWith(`${path}.`))
    .filter((one) => (fields[one] ?? noField).writes.some(({ value }) => value !== undefined))
    .map((one) => ({ path: one }));
