import type { AlertView, CommandView, NodeView } from '../api/views.ts';

/** Longest list that the feed may grow; what falls off is still in the cloud. */
const listMax = 500;

/** A list with a changed alert in its place, newest occurrence first; without it when it does not belong (any more). */
export function foldAlert(
  list: readonly AlertView[],
  alert: AlertView,
  belongs: (alert: AlertView) => boolean,
): readonly AlertView[] {
  const others = list.filter((one) => one.id !== alert.id);
  if (!belongs(alert)) return others.length === list.length ? list : others;
  return byNewest([...others, alert], (one) => one.lastAt);
}

/** Commands, last issued first. A state never goes back, whatever order the news come in. */
export function foldCommand(list: readonly CommandView[], command: CommandView): readonly CommandView[] {
  const old = list.find((one) => one.id === command.id);
  if (old && stateOrder.indexOf(old.state) > stateOrder.indexOf(command.state)) return list;
  return byNewest([...list.filter((one) => one !== old), command], (one) => one.issuedAt);
}

/** Nodes by id. An older report, overtaken by a newer one, changes nothing. */
export function foldNode(list: readonly NodeView[], node: NodeView): readonly NodeView[] {
  const old = list.find((one) => one.id === node.id);
  if (old && old.epoch === node.epoch && old.lastSeen > node.lastSeen) return list;
  return [...list.filter((one) => one !== old), node].sort((a, b) => a.id.localeCompare(b.id));
}

const stateOrder = ['queued', 'sent', 'delivered', 'done', 'failed', 'expired'];

function byNewest<Item>(items: Item[], at: (item: Item) => number): readonly Item[] {
  return items.sort((a, b) => at(b) - at(a)).slice(0, listMax);
}
