import type { StoredSubscription } from '../ports.ts';
import type { Filter } from './filter.ts';
import type { Parcel } from './parcel.ts';
import { SharedGroup } from './shared-group.ts';
import { empty, own } from './sparse.ts';

/** On what terms a subscriber gets a message. */
export interface Terms {
  readonly qos: 0 | 1 | 2;
  readonly retainAsPublished: boolean;
  /** Of every matching subscription that has one [MQTT-3.3.4-4]. */
  readonly ids: readonly number[];
}

/** A session, as the router sees it. */
export interface Subscriber {
  readonly clientId: string;
  /** 2: could send at once; 1: connected; 0: away. */
  readonly readiness: 0 | 1 | 2;
  /** True if it takes the message, now or later. */
  offer(parcel: Parcel, terms: Terms, retain: boolean, group: SharedGroup | undefined): boolean;
}

/** One subscriber of a topic, however many of its subscriptions match: it gets one copy. */
export interface Recipient {
  readonly subscriber: Subscriber;
  readonly terms: Terms;
  /** For what the subscriber published itself; undefined if all its subscriptions say no-local. */
  readonly ownTerms: Terms | undefined;
}

export interface Match {
  readonly recipients: readonly Recipient[];
  readonly groups: readonly SharedGroup[];
}

export const noMatch: Match = { recipients: [], groups: [] };

interface Node {
  children: Map<string, Node>;
  subscribers: Map<Subscriber, StoredSubscription>;
  groups: Map<string, SharedGroup>;
}

const node = (): Node => ({ children: empty, subscribers: empty, groups: empty });

/** The trie of all subscriptions: one level of a filter is one step, wildcards are children like others. */
export class Subscriptions {
  readonly #root = node();

  add(filter: Filter, subscriber: Subscriber, subscription: StoredSubscription): void {
    let at = this.#root;
    for (const level of filter.levels) {
      at.children = own(at.children);
      let child = at.children.get(level);
      if (!child) at.children.set(level, (child = node()));
      at = child;
    }
    if (filter.group === undefined) {
      at.subscribers = own(at.subscribers);
      at.subscribers.set(subscriber, subscription);
      return;
    }
    at.groups = own(at.groups);
    let group = at.groups.get(filter.group);
    if (!group) at.groups.set(filter.group, (group = new SharedGroup()));
    group.join(subscriber, subscription);
  }

  remove(filter: Filter, subscriber: Subscriber): void {
    this.#removeFrom(this.#root, filter, 0, subscriber);
  }

  /** Whoever subscribed to `topic`. */
  match(topic: string): Match {
    const found: Node[] = [];
    const levels = topic.split('/');
    collect(this.#root, levels, 0, found);
    return found.length === 0 ? noMatch : merge(found);
  }

  #removeFrom(at: Node, filter: Filter, depth: number, subscriber: Subscriber): void {
    if (depth < filter.levels.length) {
      const level = filter.levels[depth]!;
      const child = at.children.get(level);
      if (!child) return;
      this.#removeFrom(child, filter, depth + 1, subscriber);
      if (child.children.size + child.subscribers.size + child.groups.size === 0) at.children.delete(level);
    } else if (filter.group === undefined) {
      at.subscribers.delete(subscriber);
    } else {
      const group = at.groups.get(filter.group);
      group?.leave(subscriber);
      if (group?.empty) at.groups.delete(filter.group);
    }
  }
}

function collect(at: Node, levels: readonly string[], depth: number, found: Node[]): void {
  // [MQTT-4.7.2-1]: a wildcard in the first level does not see `$` topics
  const wild = depth > 0 || !levels[0]!.startsWith('$');
  const rest = wild ? at.children.get('#') : undefined;
  if (rest) keep(rest, found);
  if (depth === levels.length) {
    keep(at, found);
    return;
  }
  const any = wild ? at.children.get('+') : undefined;
  if (any) collect(any, levels, depth + 1, found);
  const literal = at.children.get(levels[depth]!);
  if (literal) collect(literal, levels, depth + 1, found);
}

function keep(one: Node, found: Node[]): void {
  if (one.subscribers.size + one.groups.size > 0) found.push(one);
}

function merge(found: readonly Node[]): Match {
  const all = new Map<Subscriber, StoredSubscription[]>();
  const groups: SharedGroup[] = [];
  for (const one of found) {
    groups.push(...one.groups.values());
    for (const [subscriber, subscription] of one.subscribers) {
      const known = all.get(subscriber);
      if (known) known.push(subscription);
      else all.set(subscriber, [subscription]);
    }
  }
  const recipients = Array.from(all, ([subscriber, subscriptions]) => recipient(subscriber, subscriptions));
  return { recipients, groups };
}

function recipient(subscriber: Subscriber, subscriptions: readonly StoredSubscription[]): Recipient {
  const terms = termsOf(subscriptions);
  if (!subscriptions.some((one) => one.noLocal)) return { subscriber, terms, ownTerms: terms };
  const own = subscriptions.filter((one) => !one.noLocal);
  return { subscriber, terms, ownTerms: own.length > 0 ? termsOf(own) : undefined };
}

const noIds: readonly number[] = [];

/** The highest QoS of all [MQTT-3.3.4-2], and every identifier. */
export function termsOf(subscriptions: readonly StoredSubscription[]): Terms {
  const ids = subscriptions.map((one) => one.id).filter((id) => id > 0);
  return {
    qos: Math.max(...subscriptions.map((one) => one.qos)) as 0 | 1 | 2,
    retainAsPublished: subscriptions.some((one) => one.retainAsPublished),
    ids: ids.length > 0 ? ids : noIds,
  };
}
