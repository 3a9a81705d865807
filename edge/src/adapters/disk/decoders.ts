import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import {
  type CustomDecode,
  customDecoder,
  type Decoders,
  isOwnDecoder,
  type TopicDecoder,
  type TopicMap,
} from '@selvedge/protocol';

/**
 * Loads the decoders of one's own that the topic maps name, and no other file: `decoders/flow.mjs` from the folder `dir`.
 * Each must export a function `decode`. Says of all that cannot be used why. A file is code that runs in the node with all
 * its rights, so the folder must be writable for nobody but those who may change the node itself.
 */
export async function loadDecoders(dir: string, maps: readonly TopicMap[]): Promise<Decoded<Decoders>> {
  const names = [...new Set(maps.map(({ decoder }) => decoder).filter(isOwnDecoder))];
  const found = await Promise.all(names.map(async (name) => [name, await load(dir, name)] as const));
  const mistakes = found.flatMap(([name, one]) => (one.ok ? [] : [`${name}: ${one.why}`]));
  if (mistakes.length > 0) return undecodable(mistakes.join('; '));
  return decoded(new Map(found.flatMap(([name, one]) => (one.ok ? [[name, one.value]] : []))));
}

async function load(dir: string, name: string): Promise<Decoded<TopicDecoder>> {
  try {
    const { decode } = (await import(pathToFileURL(resolve(dir, name)).href)) as { readonly decode?: unknown };
    if (typeof decode !== 'function') return undecodable('exports no function decode');
    return decoded(customDecoder(name, decode as CustomDecode));
  } catch (cause) {
    return undecodable(cause instanceof Error ? cause.message.split('\n', 1)[0]! : `threw ${typeof cause}`);
  }
}
