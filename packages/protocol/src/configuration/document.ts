import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';

/** Settings of a node that take the place of its own, group by group, as its configuration file would say them. */
export type Settings = Readonly<Record<string, unknown>>;

/** One version of a node's configuration. A version never changes. Version 0 is what the machine itself says. */
export interface ConfigurationDocument {
  readonly version: number;
  readonly settings: Settings;
}

/** A version by its content, so that two that were made apart are told from each other. */
export interface ConfigurationName {
  readonly version: number;
  /** 16 hexadecimal characters. */
  readonly digest: string;
}

/** Bytes of settings as JSON: with what stands around them they fit into a frame and a journal record. */
export const settingsMax = 49_152;

/** Settings that the machine alone decides: where its data is, who it is, how trials are judged, and every secret. */
export const reservedSettings: readonly string[] = [
  'data',
  'node.id',
  'link.token',
  'bridgePasswords',
  'configuration',
];

/** What the machine itself says, without a word of the cloud. */
export const ownDocument: ConfigurationDocument = { version: 0, settings: {} };

/** Reads settings as far as they can be judged without knowing what each is for. Gives all mistakes. */
export function readSettings(raw: unknown): { readonly settings: Settings; readonly mistakes: readonly string[] } {
  if (!isGroup(raw)) return { settings: {}, mistakes: ['the settings must be a group'] };
  const size = Buffer.byteLength(JSON.stringify(raw));
  const tooLarge = size > settingsMax ? [`the settings have ${size} bytes, ${settingsMax} are allowed`] : [];
  const reserved = reservedSettings.filter((name) => at(raw, name.split('.')) !== undefined);
  return {
    settings: raw,
    mistakes: [...tooLarge, ...reserved.map((name) => `${name}: the machine alone decides this`)],
  };
}

export const configurationName = ({ version, settings }: ConfigurationDocument): ConfigurationName => ({
  version,
  digest: createHash('sha256')
    .update(JSON.stringify(sorted(settings)))
    .digest('hex')
    .slice(0, 16),
});

export const isSameConfiguration = (one: ConfigurationName | undefined, other: ConfigurationName): boolean =>
  one?.version === other.version && one.digest === other.digest;

/** Reads a document that came over the link or lies on a disk. */
export function readDocument(raw: unknown): Decoded<ConfigurationDocument> {
  if (!isGroup(raw)) return undecodable('a configuration is no group');
  const { version, settings } = raw;
  if (!isConfigurationVersion(version)) return undecodable(`${JSON.stringify(version)} is no version`);
  if (!isGroup(settings)) return undecodable('the settings are no group');
  return decoded({ version, settings });
}

export const isConfigurationVersion = (raw: unknown): raw is number =>
  Number.isSafeInteger(raw) && (raw as number) >= 0;

const at = (raw: unknown, [name, ...rest]: readonly string[]): unknown => {
  if (name === undefined) return raw;
  return isGroup(raw) && Object.hasOwn(raw, name) ? at(raw[name], rest) : undefined;
};

/** The same value with the names of every group in order, so that its text does not hang on who wrote it. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isGroup(value)) return value;
  const names = Object.keys(value).sort((one, other) => (one < other ? -1 : 1));
  return names.map((name) => [name, sorted(value[name])]);
};

const isGroup = (raw: unknown): raw is Readonly<Record<string, unknown>> =>
  typeof raw === 'object' && raw !== null && !Array.isArray(raw);
