import { every, isFault, millis, type Service, service } from '@selvedge/kernel';
import { matchTopic } from '@selvedge/protocol';
import type { Life, SimulatedConnection, SimulatedNetwork } from '@selvedge/testkit';
import { type Intake, type Outlet, verdict } from '../../../edge/src/ports.ts';
import { bytesOf, decodeToDoor, encode, keepAlive, type ToDevice, type ToDoor, textOf } from './door-frames.ts';

type FrameOf<Kind extends ToDoor['kind']> = Extract<ToDoor, { kind: Kind }>;

/** What the door keeps of a client, whether it is there or not, until the edge loses power. */
interface Session {
  readonly client: string;
  readonly filters: Set<string>;
  /** Messages that the client has not received, by number. */
  readonly unacknowledged: Map<number, Unacknowledged>;
  visit: Visit | undefined;
}

interface Unacknowledged {
  readonly topic: string;
  readonly payload: string;
  readonly received: () => void;
}

/** One connection of a client. */
interface Visit {
  readonly connection: SimulatedConnection;
  readonly will: { readonly topic: string; readonly payload: string };
  heardAt: number;
  isOver: boolean;
}

/**
 * A door of the edge as an MQTT broker is one, on the simulated network: persistent sessions, acknowledgement after the
 * commit, refusal message by message, wills, and messages that are sent until the client has received them.
 */
export function simulatedDoor(network: SimulatedNetwork, life: Life, port: string, intake: Intake): Outlet & Service {
  const sessions = new Map<string, Session>();
  const subscribed: ((filter: string) => void)[] = [];
  const ended = new AbortController();
  let nextId = 1;
  let close: (() => void) | undefined;

  const say = (visit: Visit | undefined, frame: ToDevice): void => void visit?.connection.send(encode(frame));

  const take = (topic: string, payload: string): boolean => {
    const bytes = bytesOf(payload);
    try {
      return intake.take(topic, bytes, 0, bytes.length) !== verdict.refused;
    } catch (cause) {
      if (isFault(cause)) return false;
      throw cause;
    }
  };

  const end = (session: Session, visit: Visit, inOrder: boolean): void => {
    if (visit.isOver) return;
    visit.isOver = true;
    if (session.visit === visit) session.visit = undefined;
    visit.connection.close('the door hangs up');
    if (!inOrder && take(visit.will.topic, visit.will.payload)) intake.commit().catch(() => undefined);
  };

  const handlers: { [Kind in ToDoor['kind']]: (session: Session, visit: Visit, frame: FrameOf<Kind>) => void } = {
    publish(_session, visit, { id, topic, payload }) {
      const answer = (refused: boolean) => () => say(visit, { kind: 'published', id, refused });
      if (take(topic, payload)) intake.commit().then(answer(false), answer(true));
      else answer(true)();
    },
    subscribe(session, visit, { id, filter }) {
      session.filters.add(filter);
      say(visit, { kind: 'subscribed', id });
      for (const listener of subscribed) listener(filter);
    },
    received(session, _visit, { id }) {
      session.unacknowledged.get(id)?.received();
      session.unacknowledged.delete(id);
    },
    ping: (_session, visit) => say(visit, { kind: 'pong' }),
    bye: (session, visit) => end(session, visit, true),
    hello: (session, visit) => end(session, visit, false),
  };

  const welcome = (connection: SimulatedConnection, { client, will }: FrameOf<'hello'>): void => {
    const session = sessions.get(client) ?? { client, filters: new Set(), unacknowledged: new Map(), visit: undefined };
    sessions.set(client, session);
    if (session.visit) end(session, session.visit, false);
    const visit: Visit = { connection, will, heardAt: life.clock.ticks(), isOver: false };
    session.visit = visit;
    connection.onClose(() => end(session, visit, false));
    connection.onFrame((frame) => {
      visit.heardAt = life.clock.ticks();
      const said = decodeToDoor(frame);
      if (!visit.isOver) (handlers[said.kind] as (...about: unknown[]) => void)(session, visit, said);
    });
    say(visit, { kind: 'welcome' });
    for (const [id, { topic, payload }] of session.unacknowledged) say(visit, { kind: 'message', id, topic, payload });
  };

  const accept = (connection: SimulatedConnection): void =>
    connection.onFrame((frame) => {
      const first = decodeToDoor(frame);
      if (first.kind === 'hello') welcome(connection, first);
      else connection.close('no hello');
    });

  const hangUpOnSilence = (): void => {
    for (const session of sessions.values()) {
      const { visit } = session;
      if (visit && life.clock.ticks() - visit.heardAt > keepAlive.silentMax) end(session, visit, false);
    }
  };

  return {
    ...service({
      start() {
        close = network.listen(life, port, accept);
        void every(life.clock, millis(keepAlive.every), ended.signal, hangUpOnSilence);
      },
      stop() {
        ended.abort();
        close?.();
        for (const session of sessions.values()) if (session.visit) end(session, session.visit, true);
      },
    }),
    publish({ topic, payload }) {
      const matching = [...sessions.values()].filter((session) =>
        [...session.filters].some((filter) => matchTopic(filter, topic) !== undefined),
      );
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      for (const session of matching) {
        const id = nextId++;
        const text = textOf(payload);
        session.unacknowledged.set(id, { topic, payload: text, received: () => resolve(session.client) });
        say(session.visit, { kind: 'message', id, topic, payload: text });
      }
      if (matching.length === 0) resolve(undefined);
      return { matched: matching.length, acknowledged: promise };
    },
    onSubscribed: (listener) => void subscribed.push(listener),
    get clients() {
      return [...sessions.values()].filter((session) => session.visit).length;
    },
  };
}
