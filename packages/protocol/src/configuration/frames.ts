import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { configurationWhyMax, type NodePhase, readConfigurationName } from './change.ts';
import { type ConfigurationDocument, type ConfigurationName, readDocument } from './document.ts';

/** Cloud → edge, link frame `configuration`. */
export type ConfigurationFrame =
  /** Look whether you can use this, and keep it. */
  | ({ readonly kind: 'prepare' } & ConfigurationDocument)
  /** Use what you have prepared. */
  | ({ readonly kind: 'apply' } & ConfigurationName);

/** Edge → cloud, link frame `configured`: after the welcome, and whenever something has become of a version. */
export interface ConfiguredFrame {
  /** The last one that stood its trial; version 0 is what the machine itself says. */
  readonly good: ConfigurationName;
  /** What waits for its order, or is on trial. */
  readonly trial?: ConfigurationName & { readonly phase: 'prepared' | 'applied' };
  /** The last one that did not stand. */
  readonly ended?: ConfigurationName & { readonly phase: 'refused' | 'returned'; readonly why: string };
}

/** The highest version that the node has ever been given, as far as it knows: only higher ones are new to it. */
export const highestVersionOf = ({ good, trial, ended }: ConfiguredFrame): number =>
  Math.max(good.version, trial?.version ?? 0, ended?.version ?? 0);

export function readConfigurationFrame(raw: unknown): Decoded<ConfigurationFrame> {
  const { kind } = (raw ?? {}) as { readonly kind?: unknown };
  if (kind === 'prepare') {
    const document = readDocument(raw);
    return document.ok ? decoded({ kind, ...document.value }) : document;
  }
  if (kind !== 'apply') return undecodable(`${String(kind).slice(0, 32)} is no kind of configuration frame`);
  const name = readConfigurationName(raw);
  return name.ok ? decoded({ kind, ...name.value }) : name;
}

export function readConfiguredFrame(raw: unknown): Decoded<ConfiguredFrame> {
  const { good, trial, ended } = (raw ?? {}) as Readonly<Record<string, Readonly<Record<string, unknown>> | undefined>>;
  const read = {
    good: readConfigurationName(good),
    trial: readPart(trial, trialPhases),
    ended: readPart(ended, endings),
  };
  for (const one of Object.values(read)) if (one && !one.ok) return one;
  const why = String(ended?.['why'] ?? '').slice(0, configurationWhyMax);
  return decoded({
    good: partOf(read.good)!,
    ...(read.trial && { trial: partOf(read.trial)! as NonNullable<ConfiguredFrame['trial']> }),
    ...(read.ended && { ended: { ...partOf(read.ended)!, why } as NonNullable<ConfiguredFrame['ended']> }),
  });
}

const trialPhases: readonly NodePhase[] = ['prepared', 'applied'];
const endings: readonly NodePhase[] = ['refused', 'returned'];

function readPart(
  raw: Readonly<Record<string, unknown>> | undefined,
  phases: readonly NodePhase[],
): Decoded<ConfigurationName & { readonly phase: NodePhase }> | undefined {
  if (raw === undefined) return undefined;
  const name = readConfigurationName(raw);
  if (!name.ok) return name;
  const phase = phases.find((one) => one === raw['phase']);
  return phase === undefined ? undecodable('the phase is none of this') : decoded({ ...name.value, phase });
}

const partOf = <Value>(read: Decoded<Value>): Value | undefined => (read.ok ? read.value : undefined);
