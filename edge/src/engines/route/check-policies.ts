import { type Decoded, type Duration, decoded, millis, minutes, parseDuration, undecodable } from '@selvedge/kernel';
import { type Action, actions, type Clause, type FoldPolicy, type RoutePolicy } from './policy.ts';

type Raw = Readonly<Record<string, unknown>>;
type Complain = (why: string) => void;

const none = millis(0);
const foldDefaults: FoldPolicy = {
  deadBand: [],
  onChange: false,
  oneOf: 0,
  every: none,
  interval: minutes(1),
  aggregates: true,
};

/** Policies there may be: a reading of a new kind is held against each. */
const policiesMax = 256;
/** Records wait for their aggregate in the journal, and are read again after a start. */
const intervalMax = minutes(60);

/** Reads the routes of a configuration, or tells everything that is wrong with them. */
export function checkPolicies(raw: unknown): Decoded<readonly RoutePolicy[]> {
  if (!Array.isArray(raw)) return undecodable('routes are a list of policies');
  const mistakes: string[] = [];
  if (raw.length > policiesMax) mistakes.push(`${raw.length} policies; at most ${policiesMax} are taken`);
  const policies = (raw as readonly unknown[]).map((one, index) =>
    readPolicy(one, (why) => mistakes.push(`route ${index + 1}: ${why}`)),
  );
  const names = policies.map(({ name }) => name);
  for (const name of new Set(names.filter((one, index) => one !== '' && names.indexOf(one) < index)))
    mistakes.push(`there are two routes ${name}`);
  return mistakes.length > 0 ? undecodable(mistakes.join('; ')) : decoded(policies);
}

/** What stands there wrongly is complained of and replaced, so that reading goes on. */
function readPolicy(raw: unknown, complain: Complain): RoutePolicy {
  const given = group(raw, 'a route', complain);
  const { name, devices, metrics, shape, send, priority, deadline, fold, when, dwell, margin, ...rest } = given;
  const { private: secret, ...unknown } = rest as Raw;
  refuseOthers(unknown, complain);
  if (typeof name !== 'string' || !/^[a-z0-9-]{1,64}$/.test(name)) complain('name must be 1 to 64 of a-z, 0-9 and -');
  const read = reader(complain);
  const clauses = Array.isArray(when) ? (when as readonly unknown[]) : [];
  if (when !== undefined && !Array.isArray(when)) complain('when is a list of clauses');
  return {
    name: typeof name === 'string' ? name : '',
    devices: read.glob('devices', devices, '*'),
    metrics: read.globs('metrics', metrics),
    shape: read.globs('shape', shape),
    send: read.choice('send', send, actions, 'raw'),
    priority: read.choice('priority', priority, ['high', 'medium', 'low'] as const, 'high'),
    deadline: read.time('deadline', deadline, none),
    private: read.globs('private', secret),
    fold: fold === undefined ? foldDefaults : readFold(fold, (why) => complain(`fold: ${why}`)),
    when: clauses.map((one, index) => readClause(one, (why) => complain(`when ${index + 1}: ${why}`))),
    dwell: read.time('dwell', dwell, minutes(1)),
    margin: read.number('margin', margin, 0.2, 0, 1),
  };
}

function readFold(raw: unknown, complain: Complain): FoldPolicy {
  const { deadBand, onChange, oneOf, every, interval, aggregates, ...rest } = group(raw, 'it', complain);
  refuseOthers(rest, complain);
  const read = reader(complain);
  const widths = deadBand === undefined ? {} : group(deadBand, 'deadBand', complain);
  const found: FoldPolicy = {
    deadBand: Object.entries(widths).map(([glob, width]) => ({
      glob,
      width: read.number(`deadBand of ${glob}`, width, 0, 0, Number.MAX_VALUE),
    })),
    onChange: read.flag('onChange', onChange, foldDefaults.onChange),
    oneOf: read.number('oneOf', oneOf, foldDefaults.oneOf, 0, 1e9),
    every: read.time('every', every, foldDefaults.every),
    interval: read.time('interval', interval, foldDefaults.interval),
    aggregates: read.flag('aggregates', aggregates, foldDefaults.aggregates),
  };
  if (!Number.isInteger(found.oneOf)) complain('oneOf is a whole number');
  if (found.interval > intervalMax) complain('interval is at most an hour');
  return found;
}

function readClause(raw: unknown, complain: Complain): Clause {
  const { link, costAbove, congestionAbove, capLeftBelow, loadAbove, send, ...rest } = group(raw, 'it', complain);
  refuseOthers(rest, complain);
  const read = reader(complain);
  const limits = { costAbove, congestionAbove, capLeftBelow, loadAbove };
  const numbers = Object.fromEntries(
    Object.entries(limits).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, read.number(name, value, 0, 0, name === 'costAbove' ? 1e9 : 1)]],
    ),
  );
  if (send === undefined) complain('send is missing');
  if (link === undefined && Object.keys(numbers).length === 0) complain('it needs a condition');
  return {
    ...(link === undefined ? {} : { link: read.choice('link', link, ['online', 'offline'] as const, 'online') }),
    ...numbers,
    send: read.choice<Action>('send', send ?? 'raw', actions, 'raw'),
  };
}

function reader(complain: Complain) {
  const glob = (name: string, raw: unknown, otherwise: string): string => {
    if (raw === undefined) return otherwise;
    if (typeof raw === 'string' && raw !== '' && raw.length <= 256) return raw;
    complain(`${name} is a text of 1 to 256 characters`);
    return otherwise;
  };
  return {
    glob,
    globs(name: string, raw: unknown): readonly string[] {
      if (raw === undefined) return [];
      if (!Array.isArray(raw)) complain(`${name} is a list of names`);
      return Array.isArray(raw) ? raw.map((one) => glob(`each of ${name}`, one, '*')) : [];
    },
    choice<Name extends string>(name: string, raw: unknown, all: readonly Name[], otherwise: Name): Name {
      if (raw === undefined || all.includes(raw as Name)) return (raw as Name | undefined) ?? otherwise;
      complain(`${name} is one of ${all.join(', ')}`);
      return otherwise;
    },
    flag(name: string, raw: unknown, otherwise: boolean): boolean {
      if (raw === undefined || typeof raw === 'boolean') return raw ?? otherwise;
      complain(`${name} is true or false`);
      return otherwise;
    },
    number(name: string, raw: unknown, otherwise: number, least: number, most: number): number {
      if (raw === undefined) return otherwise;
      if (typeof raw === 'number' && raw >= least && raw <= most) return raw;
      complain(`${name} is a number from ${least} to ${most}`);
      return otherwise;
    },
    time(name: string, raw: unknown, otherwise: Duration): Duration {
      if (raw === undefined) return otherwise;
      const found = typeof raw === 'string' ? parseDuration(raw) : undecodable('a time is a text such as "10s"');
      if (found.ok) return found.value;
      complain(`${name}: ${found.why}`);
      return otherwise;
    },
  };
}

function refuseOthers(rest: Raw, complain: Complain): void {
  for (const name of Object.keys(rest)) complain(`no such setting: ${name}`);
}

function group(raw: unknown, what: string, complain: Complain): Raw {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw)) return raw as Raw;
  complain(`${what} is a group of settings`);
  return {};
}
