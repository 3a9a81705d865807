import { edgeFaults } from '../../faults.ts';
import type { RouteRequest } from '../../ports.ts';

/** A member of the JSON body that is text, or undefined when it is absent. Throws OPERATION_INVALID. */
export function textOf(body: unknown, name: string): string | undefined {
  const value = memberOf(body, name);
  if (value === undefined || typeof value === 'string') return value;
  throw invalid(`${name} is not text`);
}

/** A whole number between `min` and `max`. Throws OPERATION_INVALID. */
export function numberOf(value: unknown, name: string, { min, max }: { min: number; max: number }): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max) return number;
  throw invalid(`${name} is not a whole number from ${min} to ${max}`);
}

export function memberOf(body: unknown, name: string): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw invalid('the body is not a JSON object');
  return (body as Readonly<Record<string, unknown>>)[name];
}

/** How many at once, from `?limit=`: 100 unless it says otherwise, at most 1 000. Throws OPERATION_INVALID. */
export function limitOf({ query }: RouteRequest): number {
  const text = query.get('limit');
  return text === null ? 100 : numberOf(text, 'limit', { min: 1, max: 1_000 });
}

export const invalid = (why: string): Error => edgeFaults('OPERATION_INVALID', why, { status: 400 });
export const absent = (why: string): Error => edgeFaults('OPERATION_ABSENT', why, { status: 404 });
