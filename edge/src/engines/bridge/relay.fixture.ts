import type { BridgeMessage, Line, LineLimits } from './line.ts';
import type { DropReason } from './passage.ts';
import { type Relay, type RelayOptions, relay } from './relay.ts';

export const limits: LineLimits = { version: 5, receiveMax: 100, packetSizeMax: 2 ** 28, qosMax: 2, retains: true };

export const message = (topic: string, qos: 0 | 1 | 2, more: Partial<BridgeMessage> = {}): BridgeMessage => ({
  topic,
  payload: Buffer.alloc(0),
  qos,
  retain: false,
  duplicate: false,
  properties: { userProperties: [] },
  ...more,
});

/** A relay between two recorders; `said` is every packet that it sent, such as `sink publish 1 x`. */
export function recorded(of: Partial<RelayOptions> = {}, sinkLimits: Partial<LineLimits> = {}) {
  const said: string[] = [];
  const dropped: DropReason[] = [];
  const faults: string[] = [];
  const count = { forwarded: 0 };
  const tell = (what: string) => (id: number) => void said.push(`${what} ${id}`);
  const source = {
    acknowledge: tell('source puback'),
    receive: tell('source pubrec'),
    complete: tell('source pubcomp'),
  };
  const sink = {
    limits: { ...limits, ...sinkLimits },
    release: tell('sink pubrel'),
    publish: ({ topic, qos }: BridgeMessage, id: number) => void said.push(`sink publish ${id} ${topic} qos ${qos}`),
  };
  const one = relay(
    {
      decide: (given) => ({ ok: true, message: given }),
      inFlightMax: 100,
      onForwarded: () => void (count.forwarded += 1),
      onDropped: (reason) => void dropped.push(reason),
      onFault: ({ code }) => void faults.push(code),
      ...of,
    },
    source,
    sink,
  );
  /** What was said since the last call. */
  const heard = (): string[] => said.splice(0);
  return { one, heard, dropped, faults, count };
}

type Packet = readonly [
  kind: 'publish' | 'puback' | 'pubrec' | 'pubrel' | 'pubcomp',
  id: number,
  message?: BridgeMessage,
];

type Wires = Record<'fromSource' | 'toSource' | 'toSink' | 'fromSink', Packet[]>;

/** Makes a relay between two ends; a planted mistake is one that does it wrongly. */
export type MakeRelay = (
  source: Pick<Line, 'acknowledge' | 'receive' | 'complete'>,
  sink: Pick<Line, 'publish' | 'release' | 'limits'>,
) => Relay;

export const rightRelay: MakeRelay = (source, sink) =>
  relay(
    {
      decide: (given) => ({ ok: true, message: given }),
      inFlightMax: 100,
      onForwarded: () => undefined,
      onDropped: () => undefined,
      onFault: () => undefined,
    },
    source,
    sink,
  );

/**
 * Two brokers that keep their sessions and a relay that keeps nothing, joined by connections that carry one packet a step.
 * The sink has a message once it has committed.
 */
export function twoBrokers(make: MakeRelay) {
  /** What the source has not been freed of, by packet identifier in order. */
  const owed = new Map<number, { readonly message: BridgeMessage; released: boolean }>();
  /** QoS 2 identifiers that the sink has and was not told to forget. */
  const incoming = new Set<number>();
  const committed: string[] = [];
  let uncommitted: { readonly id: number; readonly message: BridgeMessage }[] = [];
  let wires: Wires;
  let one: Relay;
  let count = 0;

  const connect = (): void => {
    const w: Wires = { fromSource: [], toSource: [], toSink: [], fromSink: [] };
    wires = w;
    one = make(
      {
        acknowledge: (id) => void w.toSource.push(['puback', id]),
        receive: (id) => void w.toSource.push(['pubrec', id]),
        complete: (id) => void w.toSource.push(['pubcomp', id]),
      },
      {
        limits,
        publish: (given, id) => void w.toSink.push(['publish', id, given]),
        release: (id) => void w.toSink.push(['pubrel', id]),
      },
    );
    for (const [id, { message: given, released }] of owed)
      w.fromSource.push(released ? ['pubrel', id] : ['publish', id, { ...given, duplicate: true }]);
  };

  const steps = {
    publish(qos: 1 | 2): void {
      count += 1;
      let id = 1;
      while (owed.has(id)) id += 1;
      if (id > 5) return;
      const given = message(`${qos}-${count}`, qos);
      owed.set(id, { message: given, released: false });
      wires.fromSource.push(['publish', id, given]);
    },
    fromSource(): void {
      const [kind, id, given] = wires.fromSource.shift() ?? [];
      if (kind === 'publish') void one.published(given!, id!);
      if (kind === 'pubrel') one.released(id!);
    },
    toSource(): void {
      const [kind, id = 0] = wires.toSource.shift() ?? [];
      const debt = owed.get(id);
      if (kind === 'puback' && debt?.message.qos === 1) owed.delete(id);
      if (kind === 'pubcomp' && debt?.released) owed.delete(id);
      if (kind !== 'pubrec') return;
      if (debt) debt.released = true;
      wires.fromSource.push(['pubrel', id]);
    },
    toSink(): void {
      const [kind, id = 0, given] = wires.toSink.shift() ?? [];
      if (kind === 'pubrel') {
        incoming.delete(id);
        wires.fromSink.push(['pubcomp', id]);
      }
      if (kind !== 'publish') return;
      if (given!.qos === 2 && incoming.has(id)) wires.fromSink.push(['pubrec', id]);
      else uncommitted.push({ id, message: given! });
    },
    fromSink(): void {
      const [kind, id = 0] = wires.fromSink.shift() ?? [];
      if (kind === 'puback') one.acknowledged(id, 0);
      if (kind === 'pubrec') one.received(id, 0);
      if (kind === 'pubcomp') one.completed(id);
    },
    commit(): void {
      for (const { id, message: given } of uncommitted.splice(0)) {
        committed.push(given.topic);
        if (given.qos === 2) incoming.add(id);
        wires.fromSink.push([given.qos === 1 ? 'puback' : 'pubrec', id]);
      }
    },
    /** The node dies: what its broker had not committed is gone, and so are the connections. */
    crash(): void {
      uncommitted = [];
      connect();
    },
  };
  connect();
  const { crash: _crash, publish: _publish, ...flow } = steps;
  return {
    steps,
    committed,
    get published() {
      return count;
    },
    /** Lets everything arrive. */
    drain(): void {
      for (let round = 0; round < 200; round++) for (const step of Object.values(flow)) step();
    },
    get owed() {
      return owed.size;
    },
  };
}
