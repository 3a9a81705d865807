import {
  type Command,
  type CommandAnswer,
  type CommandChange,
  type CommandState,
  commandMessage,
  isFinal,
  type JsonRecord,
  matchTopic,
  mayFollow,
  topics,
} from '@selvedge/protocol';
import type { Outlet } from '../../ports.ts';

export interface DeskParts {
  readonly outlet: Pick<Outlet, 'publish'>;
  /** Makes a change of state durable. */
  readonly record: (record: JsonRecord) => void;
  readonly now: () => number;
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

/**
 * Delivers commands: each leaves only after its intent is durable, waits for its device to listen, and ends as done,
 * failed or expired. The device is the one that executes at most once; the desk sends an id to one session only.
 */
export function desk(parts: DeskParts): Desk {
  const items = new Map<string, Item>();
  let isOpen = false;

  const change = (item: Item, state: CommandState, result?: unknown): void => {
    if (!mayFollow(item.state, state)) return;
    item.state = state;
    const body: CommandChange = {
      id: item.command.id,
      device: item.command.device,
      state,
      at: parts.now(),
      ...(result === undefined ? {} : { result }),
    };
    parts.record({ kind: 'commandState', body });
  };

  const deliver = (item: Item): void => {
    if (!isOpen || item.handed || isFinal(item.state) || item.command.expiresAt <= parts.now()) return;
    const payload = Buffer.from(JSON.stringify(commandMessage(item.command)), 'utf8');
    const sent = parts.outlet.publish({ topic: topics.command(item.command.device), payload, qos: 2 });
    if (sent.matched === 0) return;
    item.handed = true;
    item.returned = false;
    void sent.acknowledged.then((client) => {
      if (client !== undefined) change(item, 'delivered');
      else {
        item.handed = false;
        item.returned = true;
      }
    });
  };

  return {
    issue(command) {
      if (items.has(command.id)) return;
      const item: Item = { command, state: 'queued', handed: false, returned: false };
      items.set(command.id, item);
      change(item, 'sent');
      deliver(item);
    },
    knows: (id) => items.has(id),
    find(id) {
      const item = items.get(id);
      return item && { device: item.command.device, state: item.state };
    },
    restore(record) {
      if (record.kind === 'command') {
        const { body } = record;
        if (!items.has(body.id)) items.set(body.id, { command: body, state: 'sent', handed: false, returned: false });
      } else if (record.kind === 'commandState') {
        const item = items.get(record.body.id);
        if (item && mayFollow(item.state, record.body.state)) item.state = record.body.state;
      }
    },
    open() {
      isOpen = true;
      for (const item of items.values()) deliver(item);
    },
    subscribed(filter) {
      for (const item of items.values()) if (matchTopic(filter, topics.command(item.command.device))) deliver(item);
    },
    answered(device, answer) {
      const item = findAnswered(items, device, answer.id);
      if (!item) return;
      if (item.state === 'sent') change(item, 'delivered');
      change(item, answer.state, answer.result);
    },
    tick() {
      const now = parts.now();
      for (const item of items.values()) {
        if (item.command.expiresAt <= now && item.state !== 'delivered') change(item, 'expired');
        if (item.returned) deliver(item);
        if (now - item.command.expiresAt > memory) {
          change(item, 'expired');
          items.delete(item.command.id);
        }
      }
    },
    get outstanding() {
      return [...items.values()].filter((item) => !isFinal(item.state)).length;
    },
  };
}

/** By its id; without one, the oldest command of the device that waits for an answer. A topic may carry either id. */
function findAnswered(items: ReadonlyMap<string, Item>, deviceOrId: string, id: string | undefined): Item | undefined {
  const named = items.get(id ?? deviceOrId);
  if (named || id !== undefined) return named;
  return [...items.values()].find((item) => item.command.device === deviceOrId && !isFinal(item.state));
}
