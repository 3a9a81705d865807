import type { ClassPolicy } from '@selvedge/journal';
import { bytes, choice, type Decoded, type Duration, days, decoded, duration, undecodable } from '@selvedge/kernel';
import { type Lane, lanes } from '@selvedge/protocol';

/** How long and how much of a lane is kept while the cloud does not have it. */
export interface LanePolicy {
  readonly ageMax?: Duration;
  readonly bytesMax?: number;
  /** `expire`: gives way when the disk is short, by the lane's turn. `refuse`: keeps its place, and the doors refuse. */
  readonly whenFull?: 'expire' | 'refuse';
}

export type LanePolicies = Readonly<Partial<Record<Lane, LanePolicy>>>;

/** Who gives way first when the disk is short: what is kept for the site alone, then what matters least. */
const turns: Readonly<Record<string, number>> = { local: 1, low: 2, medium: 3, high: 4, critical: 5 };

/** The journal's classes, with what the configuration says and otherwise: alarms and commands stay, all else gives way. */
export function classPolicies(
  policies: LanePolicies,
  { sizeMax, ageMax }: { readonly sizeMax: number; readonly ageMax: Duration },
): readonly ClassPolicy[] {
  return lanes.map((name) => {
    const isCritical = name === 'critical';
    const policy = policies[name] ?? {};
    const whenFull = policy.whenFull ?? (isCritical ? 'refuse' : 'expire');
    return {
      name,
      bytesMax: policy.bytesMax ?? sizeMax,
      ageMax: policy.ageMax ?? (isCritical ? days(365) : ageMax),
      ...(whenFull === 'expire' && { turn: turns[name]! }),
    };
  });
}

/** Reads policies as a configuration writes them, or tells everything that is wrong with them. */
export function checkLanePolicies(raw: unknown): Decoded<LanePolicies> {
  if (!isGroup(raw)) return undecodable('lanes are settings by the name of the lane');
  const mistakes: string[] = [];
  const read = Object.entries(raw).map(([name, given]) => {
    const complain = (why: string): void => void mistakes.push(`${name}: ${why}`);
    if (!lanes.includes(name as Lane)) complain(`no such lane; there are ${lanes.join(', ')}`);
    return [name, readPolicy(given, complain)] as const;
  });
  return mistakes.length > 0 ? undecodable(mistakes.join('; ')) : decoded(Object.fromEntries(read) as LanePolicies);
}

const settings = {
  ageMax: duration({ doc: '', default: days(30) }),
  bytesMax: bytes({ doc: '', default: 0 }),
  whenFull: choice(['expire', 'refuse'], { doc: '', default: 'expire' }),
} as const;

function readPolicy(given: unknown, complain: (why: string) => void): LanePolicy {
  if (!isGroup(given)) {
    complain('it is a group of ageMax, bytesMax and whenFull');
    return {};
  }
  const policy: Record<string, unknown> = {};
  for (const [setting, value] of Object.entries(given)) {
    const found =
      setting in settings ? settings[setting as keyof typeof settings].read(value) : undecodable('no such setting');
    if (found.ok) policy[setting] = found.value;
    else complain(`${setting}: ${found.why}`);
  }
  return policy;
}

const isGroup = (raw: unknown): raw is Readonly<Record<string, unknown>> =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw);
