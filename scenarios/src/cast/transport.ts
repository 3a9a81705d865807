import { type Connection, deviceFaults, type Session, type Transport } from '@selvedge/device';
import { type Fault, millis } from '@selvedge/kernel';
import { ConnectFailure, type Life, type SimulatedConnection, type SimulatedNetwork } from '@selvedge/testkit';
import { bytesOf, decodeToDevice, encode, keepAlive, type ToDevice, type ToDoor, textOf } from './door-frames.ts';

/** The way of a device to simulated doors: what its MQTT client is in the field. Each attempt is for the next address. */
export function simulatedTransport(
  network: SimulatedNetwork,
  life: Life,
  addresses: readonly string[],
): Transport & { readonly abandon: () => void } {
  const opened: AbortController[] = [];
  let attempts = 0;
  return {
    async connect(session, signal) {
      const address = addresses[attempts++ % addresses.length]!;
      const pipe = await network.connect(life, address, signal).catch((cause: unknown) => {
        if (cause instanceof ConnectFailure) throw deviceFaults('EDGE_UNREACHABLE', cause.message);
        throw cause;
      });
      const lost = new AbortController();
      opened.push(lost);
      return converse(pipe, session, life, signal, lost);
    },
    // Node keeps what listens to a composed signal for as long as that is not aborted: the whole world, for ever.
    abandon() {
      for (const lost of opened) lost.abort(deviceFaults('CONNECTION_LOST', 'the story is over'));
    },
  };
}

function converse(
  pipe: SimulatedConnection,
  session: Session,
  life: Life,
  signal: AbortSignal,
  lost: AbortController,
): Promise<Connection> {
  const waiting = new Map<number, { resolve(): void; reject(cause: Fault): void }>();
  const welcomed = Promise.withResolvers<Connection>();
  let nextId = 1;
  let heardAt = life.clock.ticks();

  const say = (frame: ToDoor): void => void pipe.send(encode(frame));

  const end = (reason: string): void => {
    if (lost.signal.aborted) return;
    const fault = deviceFaults('CONNECTION_LOST', reason);
    lost.abort(fault);
    pipe.close(reason);
    welcomed.reject(signal.aborted ? signal.reason : deviceFaults('EDGE_UNREACHABLE', reason));
    for (const one of waiting.values()) one.reject(fault);
    waiting.clear();
  };

  const ask = (frame: (id: number) => ToDoor): Promise<void> =>
    new Promise((resolve, reject) => {
      if (lost.signal.aborted) return reject(lost.signal.reason);
      const id = nextId++;
      waiting.set(id, { resolve, reject });
      say(frame(id));
    });

  const connection: Connection = {
    lost: lost.signal,
    inFlightMax: 64,
    publish: (topic, payload) => ask((id) => ({ kind: 'publish', id, topic, payload: textOf(payload) })),
    subscribe: (filter) => ask((id) => ({ kind: 'subscribe', id, filter })),
    close() {
      say({ kind: 'bye' });
      end('closed');
      return Promise.resolve();
    },
  };

  const settle = (id: number, fault?: Fault): void => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (fault) one?.reject(fault);
    else one?.resolve();
  };

  const handlers: { [Kind in ToDevice['kind']]: (frame: Extract<ToDevice, { kind: Kind }>) => void } = {
    welcome: () => welcomed.resolve(connection),
    subscribed: ({ id }) => settle(id),
    published: ({ id, refused }) =>
      settle(id, refused ? deviceFaults('EDGE_REFUSED', 'the edge has no room') : undefined),
    message({ id, topic, payload }) {
      session.onMessage(topic, bytesOf(payload)).then(
        () => say({ kind: 'received', id }),
        () => undefined,
      );
    },
    pong: () => undefined,
  };

  const watch = async (): Promise<void> => {
    while (!lost.signal.aborted) {
      await life.clock.sleep(millis(keepAlive.every), lost.signal).catch(() => undefined);
      if (life.clock.ticks() - heardAt > keepAlive.silentMax) end('the edge is silent');
      else say({ kind: 'ping' });
    }
  };

  pipe.onClose(end);
  pipe.onFrame((frame) => {
    heardAt = life.clock.ticks();
    const said = decodeToDevice(frame);
    (handlers[said.kind] as (frame: ToDevice) => void)(said);
  });
  signal.addEventListener('abort', () => welcomed.reject(signal.reason), { once: true });
  const { topic, payload } = session.will;
  say({ kind: 'hello', client: session.clientId, will: { topic, payload: textOf(payload) } });
  void watch();
  return welcomed.promise;
}
