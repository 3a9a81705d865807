import { type Decoded, decoded, undecodable } from '../decoded.ts';
import { type Duration, formatDuration, parseDuration } from '../duration.ts';

/** One setting: how its text or JSON value is read, what it is for, and what it is when nobody says. */
export interface Field<Value> {
  readonly doc: string;
  readonly kind: string;
  /** Absent: the setting must be given. */
  readonly fallback?: Value;
  readonly secret: boolean;
  read(raw: unknown): Decoded<Value>;
  /** How the manual page shows a value. */
  show(value: Value): string;
}

interface About<Value> {
  readonly doc: string;
  readonly default?: Value;
}

function field<Value>(
  kind: string,
  about: About<Value>,
  read: (raw: unknown) => Decoded<Value>,
  show: (value: Value) => string = String,
): Field<Value> {
  const fallback = about.default === undefined ? {} : { fallback: about.default };
  return { doc: about.doc, kind, secret: false, read, show, ...fallback };
}

export const text = (about: About<string>): Field<string> =>
  field('text', about, (raw) =>
    typeof raw === 'string' ? decoded(raw) : undecodable(`${JSON.stringify(raw)} is not text`),
  );

/** Text that is never printed, logged or shown again. */
export const secret = (about: About<string>): Field<string> => ({
  ...text(about),
  kind: 'secret',
  secret: true,
  show: () => '…',
});

export const flag = (about: About<boolean>): Field<boolean> =>
  field('flag', about, (raw) => {
    if (raw === true || raw === 'true' || raw === '1') return decoded(true);
    if (raw === false || raw === 'false' || raw === '0') return decoded(false);
    return undecodable(`${JSON.stringify(raw)} is neither true nor false`);
  });

/** A number within `min` and `max`, both allowed. `whole` refuses fractions. */
export const number = (about: About<number> & { min: number; max: number; whole?: boolean }): Field<number> =>
  field(`number ${about.min} … ${about.max}`, about, (raw) => {
    const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
    if (typeof value !== 'number' || Number.isNaN(value)) return undecodable(`${JSON.stringify(raw)} is not a number`);
    if (about.whole && !Number.isInteger(value)) return undecodable(`${value} is not a whole number`);
    if (value < about.min || value > about.max)
      return undecodable(`${value} is not within ${about.min} and ${about.max}`);
    return decoded(value);
  });

export const port = (about: About<number>): Field<number> => ({
  ...number({ ...about, min: 0, max: 65_535, whole: true }),
  kind: 'port',
});

/** A length of time with its unit, such as `30s`. */
export const duration = (about: About<Duration>): Field<Duration> =>
  field(
    'duration',
    about,
    (raw) =>
      typeof raw === 'string' ? parseDuration(raw) : undecodable(`${JSON.stringify(raw)} has no unit; write 30s`),
    formatDuration,
  );

const byteUnits: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 };

/** A size with its unit, such as `256MiB`. The value is in bytes. */
export const bytes = (about: About<number>): Field<number> =>
  field(
    'size',
    about,
    (raw) => {
      const match = /^(\d+(?:\.\d+)?)(B|KiB|MiB|GiB|TiB)$/.exec(typeof raw === 'string' ? raw.trim() : '');
      if (!match) return undecodable(`${JSON.stringify(raw)} is not a size such as 512KiB, 256MiB or 4GiB`);
      const size = Math.round(Number(match[1]) * byteUnits[match[2]!]!);
      return size <= Number.MAX_SAFE_INTEGER ? decoded(size) : undecodable(`${raw} is larger than any size can be`);
    },
    (value) => {
      const unit =
        Object.keys(byteUnits).findLast((name) => value >= byteUnits[name]! && value % byteUnits[name]! === 0) ?? 'B';
      return `${value / byteUnits[unit]!}${unit}`;
    },
  );

export const choice = <const Option extends string>(
  options: readonly Option[],
  about: About<NoInfer<Option>>,
): Field<Option> =>
  field(options.join(' | '), about, (raw) =>
    options.includes(raw as Option)
      ? decoded(raw as Option)
      : undecodable(`${JSON.stringify(raw)} is none of ${options.join(', ')}`),
  );

/** A list or object of the author's own shape; from the environment it is read as JSON. `check` decides. */
export const json = <Value>(
  about: About<Value> & { kind: string; check: (raw: unknown) => Decoded<Value> },
): Field<Value> =>
  field(
    about.kind,
    about,
    (raw) => {
      if (typeof raw !== 'string') return about.check(raw);
      const parsed = parseJson(raw);
      return parsed.ok ? about.check(parsed.value) : parsed;
    },
    (value) => JSON.stringify(value),
  );

function parseJson(text: string): Decoded<unknown> {
  try {
    return decoded(JSON.parse(text));
  } catch {
    return undecodable('it is not JSON');
  }
}
