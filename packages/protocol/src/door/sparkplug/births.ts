import { type PayloadFailure, unfit } from '../payload-failure.ts';
import type { Metric } from './payload-b.ts';

/** What the births of edge nodes and their devices told, by which their later messages are read. */
export interface Births {
  /** A node is born, and all that was known of it and its devices is past. */
  nodeBorn(node: string, seq: number, session: number, metrics: readonly Metric[]): PayloadFailure | undefined;
  deviceBorn(node: string, device: string, seq: number, metrics: readonly Metric[]): PayloadFailure | undefined;
  /** A node is gone. Gives a failure when the session of that number is not the one that lives. */
  nodeDied(node: string, session: number): PayloadFailure | undefined;
  deviceDied(node: string, device: string, seq: number): void;
  /** Keeps up with a node's running number; after a gap a birth may have been missed, and nothing is known any more. */
  follow(node: string, seq: number): void;
  /** Name and type of a metric; the node itself is the device ''. */
  find(node: string, device: string, metric: Metric): Known | undefined;
}

export interface Known {
  readonly name: string;
  readonly type: number;
}

export interface BirthLimits {
  readonly nodesMax: number;
  /** Of all nodes together. */
  readonly metricsMax: number;
}

/** Some 30 MB when it is full. */
const usualLimits: BirthLimits = { nodesMax: 10_000, metricsMax: 200_000 };

interface Node {
  /** -1: not known. */
  seq: number;
  session: number;
  readonly devices: Map<string, Device>;
}

interface Device {
  readonly byAlias: Map<number, Known>;
  readonly byName: Map<string, Known>;
}

/** Remembers births for as long as the process lives; a birth that finds no room is refused. */
export function births(limits: BirthLimits = usualLimits): Births {
  const nodes = new Map<string, Node>();
  let metricCount = 0;

  const forgetDevice = (node: Node, device: string): void => {
    metricCount -= node.devices.get(device)?.byName.size ?? 0;
    node.devices.delete(device);
  };
  const forgetDevices = (node: Node): void => {
    for (const device of node.devices.keys()) forgetDevice(node, device);
  };
  const nodeOf = (name: string): Node | undefined => {
    const known = nodes.get(name);
    if (known || nodes.size === limits.nodesMax) return known;
    const fresh: Node = { seq: -1, session: -1, devices: new Map() };
    nodes.set(name, fresh);
    return fresh;
  };
  const learn = (node: Node, device: string, metrics: readonly Metric[]): PayloadFailure | undefined => {
    forgetDevice(node, device);
    if (metricCount + metrics.length > limits.metricsMax)
      return unfit('births-full', `${metricCount} metrics are known; no room for ${metrics.length} more`);
    const known: Device = { byAlias: new Map(), byName: new Map() };
    for (const { name, alias, type } of metrics) {
      if (name === '') return unfit('payload-not-sparkplug', 'a metric in a birth has no name');
      if (alias >= 0 && known.byAlias.has(alias))
        return unfit('payload-not-sparkplug', `alias ${alias} stands for two metrics`);
      const metric: Known = { name, type };
      known.byName.set(name, metric);
      if (alias >= 0) known.byAlias.set(alias, metric);
    }
    node.devices.set(device, known);
    metricCount += known.byName.size;
    return undefined;
  };
  const full = (): PayloadFailure => unfit('births-full', `${nodes.size} nodes are known; there is no room for more`);

  const follow = (node: Node, seq: number): void => {
    const expected = (node.seq + 1) % 256;
    if (seq < 0) return;
    if (node.seq >= 0 && seq !== expected && seq !== node.seq) forgetDevices(node);
    node.seq = seq;
  };

  return {
    nodeBorn(name, seq, session, metrics) {
      const node = nodeOf(name);
      if (!node) return full();
      forgetDevices(node);
      node.seq = seq;
      node.session = session;
      return learn(node, '', metrics);
    },
    deviceBorn(name, device, seq, metrics) {
      const node = nodeOf(name);
      if (!node) return full();
      follow(node, seq);
      return learn(node, device, metrics);
    },
    nodeDied(name, session) {
      const node = nodes.get(name);
      if (!node) return undefined;
      if (node.session >= 0 && session >= 0 && node.session !== session)
        return unfit('death-stale', `session ${session} has ended, session ${node.session} lives`);
      forgetDevices(node);
      nodes.delete(name);
      return undefined;
    },
    deviceDied(name, device, seq) {
      const node = nodes.get(name);
      if (!node) return;
      follow(node, seq);
      forgetDevice(node, device);
    },
    follow(name, seq) {
      const node = nodes.get(name);
      if (node) follow(node, seq);
    },
    find(name, device, metric) {
      const known = nodes.get(name)?.devices.get(device);
      if (metric.name === '') return known?.byAlias.get(metric.alias);
      return { name: metric.name, type: known?.byName.get(metric.name)?.type ?? 0 };
    },
  };
}
