import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { type ConfigurationName, isConfigurationVersion, type Settings } from './document.ts';

/**
 * What a node does with a version: prepared (it can be used, and is on the disk) → applied (the node runs with it, on
 * trial) → confirmed (it stayed sound for long enough) or returned (the node is back at the last good one). refused: it
 * cannot be used.
 */
export const nodePhases = ['prepared', 'applied', 'confirmed', 'refused', 'returned'] as const;
export type NodePhase = (typeof nodePhases)[number];

/** All that can become of a version. proposed: the cloud has it; superseded: a newer one came before it was applied. */
export const configurationPhases = ['proposed', 'superseded', ...nodePhases] as const;
export type ConfigurationPhase = (typeof configurationPhases)[number];

/** Whether nothing more becomes of a version. */
export const isConfigurationSettled = (phase: ConfigurationPhase): boolean =>
  phase === 'confirmed' || phase === 'refused' || phase === 'returned' || phase === 'superseded';

/** What a node journals when something became of a version. */
export interface ConfigurationChange extends ConfigurationName {
  readonly phase: NodePhase;
  readonly at: number;
  /** Why it was refused, or the node went back; at most 2 000 characters. */
  readonly why?: string;
  /** With `prepared`, so that a cloud that was restored from an older backup learns what it had proposed. */
  readonly settings?: Settings;
}

/** Characters of a reason; the mistakes of a configuration may be many. */
export const configurationWhyMax = 2_000;

/** Reads the body of a record or of a part of a frame that a node wrote. */
export function readConfigurationName(raw: unknown): Decoded<ConfigurationName> {
  if (typeof raw !== 'object' || raw === null) return undecodable('a version is no group');
  const { version, digest } = raw as Partial<ConfigurationName>;
  if (!isConfigurationVersion(version)) return undecodable(`${JSON.stringify(version)} is no version`);
  if (typeof digest !== 'string' || !/^[0-9a-f]{16}$/.test(digest)) return undecodable('the digest is none');
  return decoded({ version, digest });
}
