import type { Journal } from '@selvedge/journal';
import { minutes, type Service, stack } from '@selvedge/kernel';
import type { Command, ConfigurationFrame, LinkUse, NodeReport, TwinFrame } from '@selvedge/protocol';
import { budgetOptions, type EdgeConfig, linkOptions } from '../config.ts';
import { linkBudget } from '../engines/budget/budget.ts';
import { keptMeter } from '../engines/budget/kept-meter.ts';
import { closedUplink } from '../engines/link/closed.ts';
import { type Uplink, uplink } from '../engines/link/uplink.ts';
import { type LinkView, linkView } from '../engines/route/link-view.ts';
import type { EdgeAdapters, EdgeWorld, LinkBudget } from '../ports.ts';

/** What joins the node to its cloud. */
export interface LinkRoom {
  /** Undefined for a node without a cloud. */
  readonly uplink: Uplink | undefined;
  /** What everybody asks who wants to use the link. */
  readonly budget: LinkBudget;
  /** How the link is used; undefined without one. */
  readonly use: () => LinkUse | undefined;
  /** What routing decides by. */
  readonly view: () => LinkView;
  readonly services: readonly Service[];
}

export interface LinkRoomParts {
  readonly journal: Journal;
  readonly report: () => Omit<NodeReport, 'mode'>;
  readonly onCloudTime: (wall: number) => void;
  readonly onTwinLink: () => void;
  readonly onTwin: (frame: TwinFrame) => void;
  readonly onConfigurationLink: () => void;
  readonly onConfiguration: (frame: ConfigurationFrame) => void;
  readonly onCommand: (command: Command, taken: () => void) => void;
  readonly answer: (what: string) => Promise<unknown>;
}

/** Joins the uplink with its budget and its meter. */
export async function joinLink(
  config: EdgeConfig,
  world: EdgeWorld,
  adapters: EdgeAdapters,
  parts: LinkRoomParts,
): Promise<LinkRoom> {
  const { transport, snapshots, pack, bundle } = adapters;
  const { meter: about, ...limits } = budgetOptions(config);
  const kept = await keptMeter(about, { ...world, snapshots, period: minutes(1) });
  const budget = linkBudget(limits, kept.meter);
  const link =
    transport &&
    uplink(linkOptions(config), { ...world, ...parts, transport, budget, pack, ...(bundle && { bundle }) });
  const view = (): LinkView => linkView(link?.mode ?? 'offline', config.link.pricePerMegabyte, link?.use());
  const { closed } = adapters;
  const old =
    closed && transport
      ? [closedUplink(linkOptions(config), { ...world, closed, transport, budget, pack, ...(bundle && { bundle }) })]
      : [];
  const services = link ? [stack(kept.saving, link, ...old)] : [];
  return { uplink: link, budget, use: () => link?.use(), view, services };
}
