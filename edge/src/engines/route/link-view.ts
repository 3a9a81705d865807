import type { LinkUse } from '@selvedge/protocol';
import type { LinkView } from '../../ports.ts';

export type { LinkView } from '../../ports.ts';

/** What routing wants to know of the link, from how it is used. */
export function linkView(state: LinkView['state'], costPerMb: number, use: LinkUse | undefined): LinkView {
  if (!use) return { state, costPerMb, congestion: 0, capLeft: 1 };
  const { capBytes, upBytes, downBytes } = use.meter;
  const capLeft = capBytes > 0 ? Math.max(0, 1 - (upBytes + downBytes) / capBytes) : 1;
  return { state, costPerMb, congestion: use.congestion, capLeft };
}
