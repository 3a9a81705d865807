import { Buffer } from 'node:buffer';
import {
  type ConfigurationChange,
  type ConfigurationDocument,
  type ConfigurationName,
  type ConfiguredFrame,
  configurationName,
  ownDocument,
  readConfigurationName,
  readDocument,
} from '@selvedge/protocol';

/** A version that is not confirmed yet. */
export interface Trial {
  readonly document: ConfigurationDocument;
  readonly phase: 'prepared' | 'applied';
  /** How often a node has been started with it. */
  readonly starts: number;
}

/** What the node keeps of its configuration on the disk: enough to know at any start with which settings to go on. */
export interface Held {
  readonly good: ConfigurationDocument;
  readonly trial?: Trial;
  /** The last one that did not stand. */
  readonly ended?: NonNullable<ConfiguredFrame['ended']>;
  /** What has happened and is not journaled yet, oldest first. */
  readonly untold: readonly ConfigurationChange[];
}

/** A node that the cloud has never configured. */
export const nothingHeld: Held = { good: ownDocument, untold: [] };

/** With which settings a node runs. */
export const documentOf = ({ good, trial }: Held): ConfigurationDocument =>
  trial?.phase === 'applied' ? trial.document : good;

/** How the node says what it holds. */
export function configuredFrame({ good, trial, ended }: Held): ConfiguredFrame {
  return {
    good: configurationName(good),
    ...(trial && { trial: { ...configurationName(trial.document), phase: trial.phase } }),
    ...(ended && { ended }),
  };
}

export const encodeHeld = (held: Held): Buffer => Buffer.from(JSON.stringify(held));

/** Reads what this program wrote; undefined when it is not that. */
export function decodeHeld(bytes: Uint8Array): Held | undefined {
  try {
    const held = JSON.parse(Buffer.from(bytes).toString('utf8')) as Held;
    const documents = [held.good, ...(held.trial ? [held.trial.document] : [])];
    const names: readonly ConfigurationName[] = [...held.untold, ...(held.ended ? [held.ended] : [])];
    const isSound =
      documents.every((one) => readDocument(one).ok) && names.every((one) => readConfigurationName(one).ok);
    const isCounted = held.trial === undefined || Number.isSafeInteger(held.trial.starts);
    return isSound && isCounted ? held : undefined;
  } catch {
    return undefined;
  }
}
