import { every, millis, type Service, service } from '@selvedge/kernel';
import type { Command } from '@selvedge/protocol';
import { cloudFaults } from '../../faults.ts';
import type { LinkConnection } from '../../ports.ts';
import { type LinkEvents, type LinksOptions, type LinksWorld, type OneLink, oneLink } from './one-link.ts';
import { presence } from './presence.ts';

/** All edge nodes that are connected now. */
export interface Links extends Service {
  /** Takes a connection whose peer is known, by its certificate or the like, to be `node`. */
  accept(connection: LinkConnection, node: string): void;
  /** Asks a node. Rejects with LINK_DOWN or LINK_TIMEOUT. */
  ask(node: string, what: 'audit'): Promise<unknown>;
  /** Sends a command that is durable in the store; false when the node is not connected: then the next welcome brings it. */
  send(node: string, command: Command): boolean;
  isOnline(node: string): boolean;
}

/** Keeps one link per node, the newest, and tells the registry who is there. */
export function links(options: LinksOptions, world: LinksWorld): Links {
  const { clock, log, metrics, store } = world;
  const all = new Set<OneLink>();
  const byNode = new Map<string, OneLink>();
  const registry = presence(store.registry, world);
  const ticking = new AbortController();
  let isStopped = false;

  const events: LinkEvents = {
    opened(link, { epoch, head, software }) {
      const before = byNode.get(link.node);
      byNode.set(link.node, link);
      before?.feed({ kind: 'replaced' });
      metrics.linkNodes.set(byNode.size);
      log.info('link.opened', { node: link.node, epoch, head: head.offset, software });
      registry.came(link.node, epoch);
      link.sendQueued();
    },
    reported: (link, report) => registry.reported(link.node, report),
    closed(link, reason) {
      all.delete(link);
      if (byNode.get(link.node) !== link) return;
      byNode.delete(link.node);
      metrics.linkNodes.set(byNode.size);
      log.info('link.closed', { node: link.node, reason });
      registry.left(link.node);
    },
  };

  const life = service({
    async start() {
      await registry.reset();
      void every(clock, millis(options.silentMax / 6), ticking.signal, () => {
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
      else all.add(oneLink(connection, node, options, world, events));
    },
    ask(node, what) {
      const link = byNode.get(node);
      return link?.ask(what) ?? Promise.reject(cloudFaults('LINK_DOWN', `node ${node} is not connected`, { node }));
    },
    send(node, command) {
      const link = byNode.get(node);
      link?.feed({ kind: 'command', command });
      return link !== undefined;
    },
    isOnline: (node) => byNode.has(node),
  };
}
