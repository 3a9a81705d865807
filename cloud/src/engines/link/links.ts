import { every, millis, type Service, service } from '@selvedge/kernel';
import type { TwinFrame } from '@selvedge/protocol';
import { cloudFaults } from '../../faults.ts';
import type { LinkConnection } from '../../ports.ts';
import { type LinkEvents, type LinksOptions, type LinksWorld, type OneLink, oneLink } from './one-link.ts';
import { presence } from './presence.ts';
import { turnstile } from './turnstile.ts';

/** All edge nodes that are connected now. */
export interface Links extends Service {
  /** Takes a connection whose peer is known, by its certificate or the like, to be `node`. */
  accept(connection: LinkConnection, node: string): void;
  /** Asks a node. Rejects with LINK_DOWN or LINK_TIMEOUT. */
  ask(node: string, what: 'audit'): Promise<unknown>;
  /**
   * Sends the commands of a node that wait in the store, in their order; false when it is not connected: then the next
   * welcome brings them.
   */
  send(node: string): boolean;
  /** Tells a node what changed of a twin; one that is not connected learns it by its next sync. */
  sendTwin(node: string, frame: TwinFrame): void;
  /** The node's configuration has changed; one that is not connected learns it when it comes. */
  configure(node: string): void;
  isOnline(node: string): boolean;
}

/** Keeps one link per node, the newest, and tells the registry who is there. */
export function links(options: LinksOptions, world: LinksWorld): Links {
  const { clock, log, metrics, store } = world;
  const all = new Set<OneLink>();
  const byNode = new Map<string, OneLink>();
  /** The second connection of a node, for bulk; it lives no longer than the first. */
  const bulkOf = new Map<string, OneLink>();
  /** The connection over which a node ships a journal of an earlier life; nothing is said to the node over it. */
  const closedOf = new Map<string, OneLink>();
  const hellos = turnstile(hellosMax);
  let turnedAway = 0;
  const registry = presence(store.registry, world);
  const ticking = new AbortController();
  let isStopped = false;

  const events: LinkEvents = {
    opened(link, { epoch, head, software, channel }) {
      if (channel === 'closed') {
        closedOf.get(link.node)?.feed({ kind: 'replaced' });
        closedOf.set(link.node, link);
        log.info('link.closed_opened', { node: link.node, epoch, head: head.offset });
        return;
      }
      if (channel === 'bulk') {
        bulkOf.get(link.node)?.feed({ kind: 'replaced' });
        bulkOf.set(link.node, link);
        return;
      }
      bulkOf.get(link.node)?.close('LINK_REPLACED');
      const before = byNode.get(link.node);
      byNode.set(link.node, link);
      before?.feed({ kind: 'replaced' });
      metrics.linkNodes.set(byNode.size);
      log.info('link.opened', { node: link.node, epoch, head: head.offset, software });
      registry.came(link.node, epoch);
      link.sendQueued();
    },
    controlOf(node, { epoch, link: name }) {
      const control = byNode.get(node);
      // A copy of the node's disk must not join with its bulk what the node has opened.
      return control?.epoch === epoch && (control.name ?? name) === name ? control : undefined;
    },
    crowded() {
      turnedAway += 1;
      metrics.linkCrowded.add(1);
      return millis(retryMin + turnedAway * retryEach);
    },
    answered: (node, question, answer) => byNode.get(node)?.answered(question, answer),
    reported: (link, report) => registry.reported(link.node, report),
    closed(link, reason) {
      all.delete(link);
      if (bulkOf.get(link.node) === link) bulkOf.delete(link.node);
      if (closedOf.get(link.node) === link) closedOf.delete(link.node);
      if (byNode.get(link.node) !== link) return;
      byNode.delete(link.node);
      bulkOf.get(link.node)?.close('LINK_BULK_ALONE');
      metrics.linkNodes.set(byNode.size);
      log.info('link.closed', { node: link.node, reason });
      registry.left(link.node);
    },
  };

  const life = service({
    async start() {
      await registry.reset();
      void every(clock, millis(options.silentMax / 6), ticking.signal, () => {
        turnedAway = 0;
        for (const link of [...all]) link.feed({ kind: 'tick' });
      });
    },
    async stop() {
      isStopped = true;
      ticking.abort();
      for (const link of [...all]) link.close('the cloud stops');
      await registry.told();
    },
  });

  return {
    ...life,
    accept(connection, node) {
      if (isStopped) connection.close('the cloud stops');
      else all.add(oneLink(connection, node, options, world, events, hellos));
    },
    ask(node, what) {
      const link = byNode.get(node);
      return link?.ask(what) ?? Promise.reject(cloudFaults('LINK_DOWN', `node ${node} is not connected`, { node }));
    },
    send(node) {
      const link = byNode.get(node);
      link?.sendQueued();
      return link !== undefined;
    },
    sendTwin: (node, frame) => byNode.get(node)?.feed({ kind: 'twin', frame }),
    configure: (node) => byNode.get(node)?.sendConfiguration(),
    isOnline: (node) => byNode.has(node),
  };
}

/** Hellos that are looked up in the store at once, and how many more may wait for it; beyond it nodes come again later. */
const hellosMax = { atOnce: 16, waitingMax: 256 };
/** Milliseconds: who is turned away waits at least so long, and everybody behind a little longer, so that they trickle in. */
const retryMin = 2_000;
const retryEach = 20;
