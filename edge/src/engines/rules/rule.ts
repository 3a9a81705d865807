import { type Decoded, decoded, minutes, seconds, undecodable } from '@selvedge/kernel';
import { type Severity, severities, type Value } from '@selvedge/protocol';
import type { ActuatorAction } from '../../ports.ts';
import { checkCommand } from './rule-command.ts';

/** One judgement of one metric and what follows from it. Times are milliseconds. */
export interface Rule {
  readonly name: string;
  readonly metric: string;
  /** `value`: the number itself. `anomaly`: its score 0 … 1 against the sliding window before it. */
  readonly measure: 'value' | 'anomaly';
  /** Wrong strictly above this. */
  readonly above?: number;
  /** Wrong strictly below this. */
  readonly below?: number;
  readonly window: number;
  readonly inARow: number;
  readonly cooldown: number;
  /** For an anomaly: it must also be this far from the mean, in the metric's unit. */
  readonly minimumEffect: number;
  readonly alert?: { readonly severity: Severity; readonly major?: number };
  readonly command?: {
    readonly name: string;
    readonly arguments: Readonly<Record<string, Value>>;
    readonly expiresIn: number;
    /** Who carries it out instead of the device that reported; the arguments are what it is sent. */
    readonly actuator?: ActuatorAction;
  };
  /** A command is not ordered on a reading that is older than this on arrival: the world has moved on. */
  readonly freshness: number;
}

const usual = { window: minutes(5), inARow: 1, cooldown: seconds(1), minimumEffect: 0, freshness: minutes(5) } as const;

const noArguments: Readonly<Record<string, Value>> = {};

/**
 * The rules for `sensors/+/data` unless the site has its own. The anomaly's action waits for two in a row, rests a minute
 * and wants a real distance, because plain noise alone passes 0.9 on 0.7 % of readings.
 */
export const defaultRules: readonly Rule[] = [
  {
    ...usual,
    name: 'temperature-high',
    metric: 'temperature',
    measure: 'value',
    above: 80,
    alert: { severity: 'major' },
  },
  {
    ...usual,
    name: 'temperature-shutdown',
    metric: 'temperature',
    measure: 'value',
    above: 85,
    cooldown: seconds(2),
    command: { name: 'shutdown', arguments: noArguments, expiresIn: minutes(1) },
  },
  {
    ...usual,
    name: 'temperature-anomaly',
    metric: 'temperature',
    measure: 'anomaly',
    above: 0.8,
    cooldown: seconds(10),
    alert: { severity: 'minor', major: 0.9 },
  },
  {
    ...usual,
    name: 'temperature-throttle',
    metric: 'temperature',
    measure: 'anomaly',
    above: 0.9,
    inARow: 2,
    cooldown: minutes(1),
    minimumEffect: 2,
    command: { name: 'throttle', arguments: noArguments, expiresIn: minutes(1) },
  },
];

const settings = new Set([
  'name',
  'metric',
  'measure',
  'above',
  'below',
  'window',
  'inARow',
  'cooldown',
  'minimumEffect',
  'alert',
  'command',
  'freshness',
]);

/** Reads rules from configuration; times are seconds there. Says what is wrong with the first bad one. */
export function checkRules(raw: unknown): Decoded<readonly Rule[]> {
  if (!Array.isArray(raw)) return undecodable('rules are a list');
  const rules: Rule[] = [];
  for (const [index, one] of raw.entries()) {
    const rule = checkRule((one ?? {}) as Record<string, unknown>);
    if (!rule.ok) return undecodable(`rule ${index + 1}: ${rule.why}`);
    if (rules.some((other) => other.name === rule.value.name))
      return undecodable(`rule ${index + 1}: the name ${rule.value.name} is taken`);
    rules.push(rule.value);
  }
  return decoded(rules);
}

function checkRule(raw: Record<string, unknown>): Decoded<Rule> {
  const unknown = Object.keys(raw).filter((name) => !settings.has(name));
  if (unknown.length > 0) return undecodable(`unknown settings ${unknown.join(', ')}`);
  const { name, metric, measure = 'value', above, below, alert, command } = raw;
  if (typeof name !== 'string' || !/^[a-z0-9-]{1,64}$/.test(name))
    return undecodable('name must be 1 to 64 of a-z, 0-9 and -');
  if (typeof metric !== 'string') return undecodable('metric must be a name of a value');
  if (measure !== 'value' && measure !== 'anomaly') return undecodable('measure is value or anomaly');
  if (!isBound(above) || !isBound(below) || (above === undefined && below === undefined))
    return undecodable('above or below must be a number');
  const numbers = checkNumbers(raw);
  if (!numbers.ok) return numbers;
  const judged = {
    name,
    metric,
    measure,
    ...(above === undefined ? {} : { above }),
    ...(below === undefined ? {} : { below }),
    ...numbers.value,
  } as const;
  const reaction = checkReaction(alert, command);
  return reaction.ok ? decoded({ ...judged, ...reaction.value }) : reaction;
}

const isBound = (raw: unknown): raw is number | undefined =>
  raw === undefined || (typeof raw === 'number' && Number.isFinite(raw));

function checkNumbers(
  raw: Record<string, unknown>,
): Decoded<Pick<Rule, 'window' | 'inARow' | 'cooldown' | 'minimumEffect' | 'freshness'>> {
  const found: Record<string, number> = {};
  for (const [name, fallback] of Object.entries(usual)) {
    const given = raw[name];
    if (given !== undefined && (typeof given !== 'number' || !(given >= 0)))
      return undecodable(`${name} must be a number from 0 on`);
    const scale = name === 'inARow' || name === 'minimumEffect' ? 1 : 1_000;
    found[name] = given === undefined ? fallback : (given as number) * scale;
  }
  return decoded(found as Pick<Rule, 'window' | 'inARow' | 'cooldown' | 'minimumEffect' | 'freshness'>);
}

function checkReaction(alert: unknown, command: unknown): Decoded<Pick<Rule, 'alert' | 'command'>> {
  if (alert === undefined && command === undefined) return undecodable('it needs an alert or a command');
  const reaction: { alert?: NonNullable<Rule['alert']>; command?: NonNullable<Rule['command']> } = {};
  if (alert !== undefined) {
    const { severity, major } = (alert ?? {}) as { severity?: Severity; major?: number };
    if (!severities.includes(severity!)) return undecodable(`alert.severity is one of ${severities.join(', ')}`);
    reaction.alert = { severity: severity!, ...(major === undefined ? {} : { major }) };
  }
  if (command !== undefined) {
    const read = checkCommand((command ?? {}) as Record<string, unknown>);
    if (!read.ok) return read;
    reaction.command = read.value;
  }
  return decoded(reaction);
}
