import { describeFailure, every, millis, type Service, service } from '@selvedge/kernel';
import type { Command } from '@selvedge/protocol';
import { cloudFaults } from '../../faults.ts';
import type { LinkConnection } from '../../ports.ts';
import { type LinkEvents, type LinksOptions, type LinksWorld, type OneLink, oneLink } from './one-link.ts';

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
  const ticking = new AbortController();
  let isStopped = false;

  let presence: Promise<unknown> = Promise.resolve();
  /** One change after the other, so that a quick reconnect never ends as offline. */
  const tell = (change: () => Promise<void>): void => {
    presence = presence.then(change).catch((cause) => log.error('link.presence_failed', describeFailure(cause)));
  };

  const events: LinkEvents = {
    opened(link, hello) {
      const before = byNode.get(link.node);
      byNode.set(link.node, link);
      before?.feed({ kind: 'replaced' });
      metrics.linkNodes.set(byNode.size);
      const { epoch, head, software } = hello;
      log.info('link.opened', { node: link.node, epoch, head: head.offset, software });
      const at = clock.wall();
      tell(async () => {
        await store.registry.nodeSeen(link.node, epoch, at);
        await store.registry.nodeOnline(link.node, true, at);
      });
      tell(async () => {
        for (const command of await store.commands.queued(link.node)) link.feed({ kind: 'command', command });
      });
    },
    reported: (link, report) => tell(() => store.registry.nodeReported(link.node, report)),
    closed(link, reason) {
      all.delete(link);
      if (byNode.get(link.node) !== link) return;
      byNode.delete(link.node);
      metrics.linkNodes.set(byNode.size);
      log.info('link.closed', { node: link.node, reason });
      const at = clock.wall();
      tell(() => store.registry.nodeOnline(link.node, false, at));
    },
  };

  const life = service({
    async start() {
      // After a crash the registry still has nodes as online; none is before it has connected.
      for (const node of await store.registry.nodes())
        if (node.online) await store.registry.nodeOnline(node.id, false, clock.wall());
      void every(clock, millis(options.silentMax / 6), ticking.signal, () => {
        for (const link of [...all]) link.feed({ kind: 'tick' });
      });
    },
    async stop() {
      isStopped = true;
      ticking.abort();
      for (const link of [...all]) link.close('the cloud stops');
      await presence;
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
