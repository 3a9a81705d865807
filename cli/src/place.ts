import { join, resolve } from 'node:path';
import { findRunning } from './adapters/disk/running.ts';
import { controlPath } from './adapters/socket/control.ts';
import type { Given, VerbWorld } from './verb.ts';

/** Where an installation keeps what is its own. */
export interface Place {
  /** Data folder. */
  readonly data: string;
  /** Path of the control socket of its `up`. */
  readonly socket: string;
  /** Said when something is not reached there: an `up` that had this port has ended without clearing up. */
  readonly ended?: string;
}

/** The data folder that was typed or set, or the default one. Whoever starts something has this one. */
export const ownData = (given: Given, { env, root }: VerbWorld): string =>
  resolve(given.text('data') ?? env['SELVEDGE_DATA'] ?? join(root, 'data'));

/**
 * The place that what was typed means. What was typed wins over the environment, and that over what is the default:
 * `--data`, the `up` of a port that was typed, SELVEDGE_DATA, the `up` of the default port, the default folder.
 */
export function placeOf(given: Given, world: VerbWorld, port: number | undefined, portTyped: boolean): Place {
  const data = ownData(given, world);
  const own: Place = { data, socket: controlPath(data) };
  const isSaid = given.text('data') !== undefined || (!portTyped && world.env['SELVEDGE_DATA'] !== undefined);
  const found = isSaid || port === undefined ? undefined : findRunning(world.root, port);
  if (!found) return own;
  if (found.alive) return { data: found.data, socket: found.socket };
  return { ...own, ended: `the \`selvedge up\` of port ${port} on ${found.data} has ended (pid ${found.pid})` };
}

/** The port of an address on this machine; undefined for any other. */
export function loopbackPort(url: string): number | undefined {
  if (!URL.canParse(url)) return undefined;
  const { protocol, hostname, port } = new URL(url);
  if (hostname !== 'localhost' && hostname !== '[::1]' && !/^127\.\d+\.\d+\.\d+$/.test(hostname)) return undefined;
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
