import { defineMetrics } from '@selvedge/kernel';
import {
  type Command,
  type CommandChange,
  type CommandState,
  isFinal,
  type JsonRecord,
  mayFollow,
} from '@selvedge/protocol';
import type { ActuatorAction, ActuatorClient, OpenCommand } from '../../ports.ts';
import { type Evidence, evidenceOf, evidenceOfFailure } from './evidence.ts';
import { actuatorMetrics } from './metrics.ts';

/** How the origin of a command begins that is for an actuator; the name of its rule follows. */
export const actuatorOrigin = 'actuator:';

export interface ActuatorsParts {
  /** By the origin of the commands that their rules order. */
  readonly actions: ReadonlyMap<string, ActuatorAction>;
  readonly client: ActuatorClient;
  /** Makes a change of state durable, then calls; false when too much waits for that already. */
  readonly write: (record: JsonRecord, durable: () => void) => boolean;
  readonly now: () => number;
  /** Calls at a time. */
  readonly callsMax: number;
  /** Commands that wait for one of those; beyond it a new one fails. */
  readonly waitingMax: number;
}

/** The commands that the node itself has carried out, by calling other devices. */
export interface Actuators {
  /** Takes a command whose intent is durable, if it is for an actuator. */
  issue(command: Command): boolean;
  /** Builds the state again from the journal, if it is of such a command: nothing is called before `open`. */
  restore(record: JsonRecord): boolean;
  open(): void;
  /** Expires what is overdue. */
  tick(): void;
  /** Ends the calls; what became of them is not told. */
  stop(): void;
  readonly outstanding: number;
  /** Those that are not over. */
  readonly unended: readonly OpenCommand[];
  metrics(): string;
}

interface Item {
  readonly command: Command;
  state: CommandState;
}

/**
 * Calls each actuator at most once for a command: `delivered` is durable before the call begins, so whoever finds it
 * without an outcome after a crash knows that the call may have been made. It is made again only where the rule says that
 * twice is no more than once.
 */
export function actuators(parts: ActuatorsParts): Actuators {
  const metrics = defineMetrics(actuatorMetrics);
  /** Those that are not over. */
  const items = new Map<string, Item>();
  const waiting: Item[] = [];
  const ended = new AbortController();
  let underWay = 0;
  let isOpen = false;

  const change = (item: Item, state: CommandState, result?: unknown, durable: () => void = nothing): boolean => {
    if (!mayFollow(item.state, state)) return false;
    item.state = state;
    if (isFinal(state)) items.delete(item.command.id);
    const { id, device } = item.command;
    const body: CommandChange = { id, device, state, at: parts.now(), ...(result === undefined ? {} : { result }) };
    return parts.write({ kind: 'commandState', body }, durable);
  };

  const finish = (item: Item, state: 'done' | 'failed' | 'expired', outcome: string, result?: unknown): void => {
    if (!mayFollow(item.state, state)) return;
    metrics.calls.add(1, outcome);
    change(item, state, result);
  };

  const call = async (item: Item, { url }: ActuatorAction): Promise<void> => {
    const { id, device, arguments: payload, expiresAt } = item.command;
    const within = expiresAt - parts.now();
    // The disk may have taken so long that the command is stale.
    if (within <= 0) return finish(item, 'expired', 'expired');
    const evidence: Evidence = await parts.client.call({ id, device, url, payload, within }, ended.signal).then(
      (answer) => evidenceOf(url, answer),
      (cause: unknown) => evidenceOfFailure(url, cause),
    );
    // Who is stopped does not know, and the next life says so.
    if (!ended.signal.aborted) finish(item, evidence.state, evidence.outcome, evidence.result);
  };

  const begin = (item: Item, action: ActuatorAction): void => {
    const act = (): void => {
      if (ended.signal.aborted) return;
      void call(item, action).finally(() => {
        metrics.underWay.set((underWay -= 1));
        pump();
      });
    };
    metrics.underWay.set((underWay += 1));
    if (item.state === 'delivered') act();
    else if (!change(item, 'delivered', undefined, act)) {
      metrics.underWay.set((underWay -= 1));
      finish(item, 'failed', 'crowded', { failure: 'EDGE_BACKLOGGED', why: 'derived records wait for the disk' });
    }
  };

  function pump(): void {
    while (isOpen && underWay < parts.callsMax && waiting.length > 0) {
      const item = waiting.shift()!;
      if (isFinal(item.state)) continue;
      const action = parts.actions.get(item.command.origin);
      if (item.command.expiresAt <= parts.now()) expire(item);
      else if (action) begin(item, action);
      else finish(item, 'failed', 'failed', { why: 'the rule that ordered it is gone' });
    }
  }

  const expire = (item: Item): void =>
    item.state === 'delivered' ? finish(item, 'failed', 'unknown', outcomeUnknown) : finish(item, 'expired', 'expired');

  const enter = (command: Command, state: CommandState): Item => {
    const item: Item = { command, state };
    items.set(command.id, item);
    return item;
  };

  return {
    issue(command) {
      if (!command.origin.startsWith(actuatorOrigin)) return false;
      if (items.has(command.id)) return true;
      const item = enter(command, 'queued');
      if (waiting.length >= parts.waitingMax) {
        finish(item, 'failed', 'crowded', { why: `${waiting.length} commands for actuators wait already` });
        return true;
      }
      change(item, 'sent');
      waiting.push(item);
      pump();
      return true;
    },
    restore(record) {
      if (record.kind === 'command') {
        if (!record.body.origin.startsWith(actuatorOrigin)) return false;
        if (!items.has(record.body.id)) enter(record.body, 'sent');
        return true;
      }
      if (record.kind !== 'commandState') return false;
      const item = items.get(record.body.id);
      if (!item) return false;
      if (mayFollow(item.state, record.body.state)) item.state = record.body.state;
      if (isFinal(item.state)) items.delete(item.command.id);
      return true;
    },
    open() {
      isOpen = true;
      for (const item of [...items.values()]) {
        const isRepeatable = parts.actions.get(item.command.origin)?.idempotent ?? false;
        if (item.state === 'delivered' && !isRepeatable) finish(item, 'failed', 'unknown', outcomeUnknown);
        else if (!waiting.includes(item)) waiting.push(item);
      }
      pump();
    },
    tick() {
      const now = parts.now();
      for (let at = waiting.length - 1; at >= 0; at--)
        if (waiting[at]!.command.expiresAt <= now) expire(waiting.splice(at, 1)[0]!);
    },
    stop: () => ended.abort(),
    get outstanding() {
      return items.size;
    },
    get unended() {
      return [...items.values()].map(({ command, state }) => ({ command, state }));
    },
    metrics: () => metrics.expose(),
  };
}

const nothing = (): void => undefined;

const outcomeUnknown = { outcome: 'unknown', why: 'outcome unknown: the node ended while it called the actuator' };
