import {
  type Command,
  type CommandAnswer,
  type CommandChange,
  type CommandState,
  commandMessage,
  fencedFault,
  isFinal,
  type JsonRecord,
  matchTopic,
  mayFollow,
  topics,
} from '@selvedge/protocol';
import type { OpenCommand, Outlet } from '../../ports.ts';

export interface DeskParts {
  readonly outlet: Pick<Outlet, 'publish'>;
  /** Makes a change of state durable. */
  readonly record: (record: JsonRecord) => void;
  readonly now: () => number;
  /** How often the device had moved, as far as the node knows: older commands are fenced. */
  readonly fenceOf?: (device: string) => number | undefined;
  /** Commands that may be outstanding; beyond it a new one fails. */
  readonly openMax?: number;
}

/** Where the node keeps the commands that are not over. */
export interface Desk {
  /** Takes a command whose intent is durable; one that it knows changes nothing. */
  issue(command: Command): void;
  knows(id: string): boolean;
  find(id: string): { readonly device: string; readonly state: CommandState } | undefined;
  /** Builds the state again from the journal: nothing is sent before `open`. */
  restore(record: JsonRecord): void;
  open(): void;
  /** Somebody subscribed: what waits for that device leaves. */
  subscribed(filter: string): void;
  answered(device: string, answer: CommandAnswer): void;
  /** Expires what is overdue, sends again what came back, and forgets what is over for long enough. */
  tick(): void;
  readonly outstanding: number;
  /** Those that are not over. */
  readonly unended: readonly OpenCommand[];
  /** Commands that failed because too many were not over. */
  readonly crowded: number;
}

interface Item {
  readonly command: Command;
  state: CommandState;
  /** Handed to a session: another subscription must not send it again. */
  handed: boolean;
  /** The session it was handed to is gone: somebody else may have subscribed meanwhile. */
  returned: boolean;
}

/** How long the id of a command that is over is remembered after its expiry, so that a late repeat is recognised. */
const memory = 600_000;
/** Each is carried by a snapshot every few seconds while it is open. */
const openMax = 10_000;

/**
 * Delivers commands: each leaves only after its intent is durable, waits for its device to listen, and ends as done,
 * failed or expired. The device is the one that executes at most once; the desk sends an id to one session only.
 */
export function desk(parts: DeskParts): Desk {
  const items = new Map<string, Item>();
  /** By device, those that are not over, in the order in which they were ordered. */
  const queues = new Map<string, Item[]>();
  let isOpen = false;
  let outstanding = 0;
  let crowded = 0;

  const enter = (item: Item): void => {
    const { id, device } = item.command;
    items.set(id, item);
    outstanding += 1;
    const queue = queues.get(device);
    if (queue) queue.push(item);
    else queues.set(device, [item]);
  };

  const leave = (item: Item): void => {
    const { device } = item.command;
    outstanding -= 1;
    const left = (queues.get(device) ?? []).filter((one) => one !== item);
    if (left.length === 0) queues.delete(device);
    else queues.set(device, left);
  };

  const change = (item: Item, state: CommandState, result?: unknown): void => {
    if (!mayFollow(item.state, state)) return;
    item.state = state;
    if (isFinal(state)) leave(item);
    const body: CommandChange = {
      id: item.command.id,
      device: item.command.device,
      state,
      at: parts.now(),
      ...(result === undefined ? {} : { result }),
    };
    parts.record({ kind: 'commandState', body });
  };

  /** Whoever was ordered before the device moved must not come after what was ordered since. [CFG-52] */
  const isFenced = ({ command }: Item, highest: number): boolean => {
    const known = Math.max(highest, parts.fenceOf?.(command.device) ?? 0);
    return command.fence !== undefined && command.fence < known;
  };

  const refuse = (item: Item): void =>
    change(item, 'failed', { fault: fencedFault, message: `${item.command.device} has moved since it was ordered` });

  /** Delivers the first of a device's commands that it does not have; the next one waits until it has, or for its end. [CFG-50] */
  const deliverNext = (device: string): void => {
    if (!isOpen) return;
    const queue = queues.get(device) ?? [];
    const highest = Math.max(0, ...queue.map(({ command }) => command.fence ?? 0));
    for (const item of queue) if (!item.handed && isFenced(item, highest)) refuse(item);
    const isDue = ({ command, state }: Item): boolean => state !== 'delivered' && command.expiresAt > parts.now();
    const first = queues.get(device)?.find(isDue);
    if (first) deliver(first);
  };

  const deliver = (item: Item): void => {
    if (item.handed) return;
    const payload = Buffer.from(JSON.stringify(commandMessage(item.command)), 'utf8');
    const sent = parts.outlet.publish({ topic: topics.command(item.command.device), payload, qos: 2 });
    if (sent.matched === 0) return;
    item.handed = true;
    item.returned = false;
    void sent.acknowledged.then((client) => {
      if (client === undefined) {
        item.handed = false;
        item.returned = true;
        return;
      }
      change(item, 'delivered');
      deliverNext(item.command.device);
    });
  };

  return {
    issue(command) {
      if (items.has(command.id)) return;
      const item: Item = { command, state: 'queued', handed: false, returned: false };
      enter(item);
      if (outstanding > (parts.openMax ?? openMax)) {
        crowded += 1;
        change(item, 'failed', { fault: 'COMMAND_CROWDED', message: `${outstanding - 1} commands are outstanding` });
        return;
      }
      change(item, 'sent');
      deliverNext(command.device);
    },
    knows: (id) => items.has(id),
    find(id) {
      const item = items.get(id);
      return item && { device: item.command.device, state: item.state };
    },
    restore(record) {
      if (record.kind === 'command') {
        const { body } = record;
        if (!items.has(body.id)) enter({ command: body, state: 'sent', handed: false, returned: false });
      } else if (record.kind === 'commandState') {
        const item = items.get(record.body.id);
        if (!item || !mayFollow(item.state, record.body.state)) return;
        item.state = record.body.state;
        if (isFinal(item.state)) leave(item);
      }
    },
    open() {
      isOpen = true;
      for (const device of [...queues.keys()]) deliverNext(device);
    },
    subscribed(filter) {
      for (const device of [...queues.keys()]) if (matchTopic(filter, topics.command(device))) deliverNext(device);
    },
    answered(device, answer) {
      // By its id; without one, the oldest that waits for an answer. A topic may carry either id.
      const item = items.get(answer.id ?? device) ?? (answer.id === undefined ? queues.get(device)?.[0] : undefined);
      if (!item) return;
      if (item.state === 'sent') change(item, 'delivered');
      change(item, answer.state, answer.result);
      deliverNext(item.command.device);
    },
    tick() {
      const now = parts.now();
      const due = new Set<string>();
      for (const [device, queue] of queues)
        if (queue.some((item) => item.returned || item.command.expiresAt <= now)) due.add(device);
      for (const item of items.values()) {
        if (item.command.expiresAt <= now && item.state !== 'delivered') change(item, 'expired');
        if (now - item.command.expiresAt > memory) {
          change(item, 'expired');
          items.delete(item.command.id);
        }
      }
      for (const device of due) deliverNext(device);
    },
    get outstanding() {
      return outstanding;
    },
    get unended() {
      return [...queues.values()].flat().map(({ command, state }) => ({ command, state }));
    },
    get crowded() {
      return crowded;
    },
  };
}
