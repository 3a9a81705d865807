import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { BridgeState, NodeReport } from '@selvedge/protocol';
import { readLinkUse } from './link-use.ts';

const numbers = [
  'time',
  'startedAt',
  'clients',
  'devices',
  'readingsTotal',
  'quarantinedTotal',
  'refusedTotal',
  'unmappedTotal',
  'memoryBytes',
] as const;
const journalNumbers = ['sizeBytes', 'firstOffset', 'headOffset', 'pending', 'expired'] as const;

/** Reads what a node says of itself; members that this version does not know are left out. */
export function readReport(raw: Readonly<Record<string, unknown>>): Decoded<NodeReport> {
  const journal = raw['journal'];
  if (typeof journal !== 'object' || journal === null) return undecodable('the report has no journal');
  if (raw['mode'] !== 'online' && raw['mode'] !== 'offline') return undecodable('mode is neither online nor offline');
  const top = pick(raw, numbers);
  const inner = pick(journal as Readonly<Record<string, unknown>>, journalNumbers);
  if (!top.ok) return top;
  if (!inner.ok) return inner;
  const link = readLinkUse(raw['link']);
  const bridges = readBridges(raw['bridges']);
  return decoded({
    ...top.value,
    mode: raw['mode'],
    journal: inner.value,
    ...(link && { link }),
    ...(bridges && { bridges }),
  });
}

/** Ways of bridges that a node tells of at most. */
const bridgesMax = 256;
const nameMax = 128;

/** Undefined where the node does not say so, or not in a way that can be shown. */
function readBridges(raw: unknown): readonly BridgeState[] | undefined {
  const isState = (one: unknown): one is BridgeState => {
    if (typeof one !== 'object' || one === null) return false;
    const { bridge, direction, connected, inFlight, behind } = one as Readonly<Record<string, unknown>>;
    return (
      typeof bridge === 'string' &&
      bridge.length <= nameMax &&
      (direction === 'in' || direction === 'out' || direction === 'readings') &&
      typeof connected === 'boolean' &&
      Number.isFinite(inFlight) &&
      (behind === undefined || Number.isFinite(behind))
    );
  };
  return Array.isArray(raw) && raw.length <= bridgesMax && raw.every(isState) ? raw : undefined;
}

function pick<const Name extends string>(
  raw: Readonly<Record<string, unknown>>,
  names: readonly Name[],
): Decoded<Record<Name, number>> {
  const bad = names.filter((name) => typeof raw[name] !== 'number' || !Number.isFinite(raw[name]));
  if (bad.length > 0) return undecodable(`no number: ${bad.join(', ')}`);
  return decoded(Object.fromEntries(names.map((name) => [name, raw[name]])) as Record<Name, number>);
}
