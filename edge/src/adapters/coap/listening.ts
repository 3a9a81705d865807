import type { Peer, Request } from '@selvedge/coap';
import { type Clock, type Duration, every, seconds } from '@selvedge/kernel';
import { isFinal, topics } from '@selvedge/protocol';
import { type Letter, mailboxes } from '../../engines/outlet/mailboxes.ts';
import type { Commands, Outlet } from '../../ports.ts';

/** Who waits for commands at the CoAP door, as the node's outlet sees it: of each device the newest alone. */
export interface Listening {
  readonly outlet: Outlet;
  /** Begins to observe a device's commands; `changed` asks for a notification. Gives the function that ends it. */
  observe(request: Request, changed: () => void): () => void;
  /**
   * What the answer or notification to an observer says; undefined: nothing waits. 'taken': somebody else observes.
   * Being asked again means that the notification before was acknowledged.
   */
  next(request: Request): Letter | 'taken' | undefined;
  /** What waits for whoever asks without observing. */
  poll(request: Request): Letter | undefined;
  /** The device has shown that it has this command. */
  acknowledge(device: string, id: string): void;
  /** What is on its way goes on until `signal` aborts. */
  watch(signal: AbortSignal): Promise<void>;
}

interface Observer {
  /** Who it is, as far as a request tells. */
  readonly from: string;
  readonly letters: Letter[];
  /** The registration has been answered: what follows are notifications, and those are acknowledged. */
  isBegun: boolean;
  /** In the notification under way. */
  sent: Letter | undefined;
  /** The one before of the same client, whose notification is still under way: it asks for one more, too. */
  ghost: Observer | undefined;
  readonly changed: () => void;
}

const commandTopic = /^commands\/([^/]+)$/;
const nobody = { matched: 0, acknowledged: Promise.resolve(undefined) };
const [lettersMax, graceMax, repeatAfter] = [64, seconds(30), seconds(10)];
const tickPeriod: Duration = seconds(1);

export function listening(clock: Clock, commands: Commands): Listening {
  const boxes = mailboxes({ lettersMax, graceMax, repeatAfter });
  const observers = new Map<string, Observer>();
  const subscribers: ((filter: string) => void)[] = [];
  const now = (): number => clock.wall();
  const tell = (device: string): void => {
    for (const subscribed of subscribers) subscribed(topics.command(device));
  };
  const isOpen = ({ id }: Letter): boolean => {
    const command = commands.find(id);
    return command !== undefined && !isFinal(command.state);
  };

  return {
    outlet: {
      publish(message) {
        const device = commandTopic.exec(message.topic)?.[1];
        return device === undefined ? nobody : boxes.publish(device, message, now());
      },
      onSubscribed: (listener) => void subscribers.push(listener),
      get clients() {
        return observers.size;
      },
    },
    observe(request, changed) {
      const device = request.path[1]!;
      const from = nameOf(request.peer);
      const before = observers.get(device);
      const ghost = before?.from === from && before.sent ? before : undefined;
      const observer: Observer = { from, letters: [], isBegun: false, sent: undefined, ghost, changed };
      observers.set(device, observer);
      const leave = boxes.listen(
        device,
        afterOf(request),
        {
          deliver(letter) {
            observer.letters.push(letter);
            changed();
          },
          // A client that began anew with another token has forgotten the old one, and rejects what comes there.
          replaced() {
            if (observers.get(device)?.from !== from) changed();
          },
        },
        now,
      );
      tell(device);
      return () => {
        const newest = observers.get(device);
        if (newest === observer) observers.delete(device);
        if (newest?.ghost === observer) newest.ghost = undefined;
        // What was not acknowledged may not have come.
        leave(false);
      };
    },
    next({ path, peer }) {
      const device = path[1]!;
      const observer = observers.get(device);
      if (observer?.from !== nameOf(peer)) return 'taken';
      if (!observer.isBegun) {
        observer.isBegun = true;
        return undefined;
      }
      if (observer.ghost) {
        // Which of the two asks cannot be told; if it was this one, it asks once more.
        observer.ghost = undefined;
        observer.changed();
        return undefined;
      }
      if (observer.sent) boxes.acknowledge(device, observer.sent.id);
      do observer.sent = observer.letters.shift();
      while (observer.sent && !isOpen(observer.sent));
      // The notification after this one is asked for now, and made when this one is acknowledged.
      if (observer.sent) observer.changed();
      return observer.sent;
    },
    poll(request) {
      const device = request.path[1]!;
      const observer = observers.get(device);
      if (observer) return observer.sent ?? observer.letters.find(isOpen);
      const letters: Letter[] = [];
      const listener = { deliver: (letter: Letter) => void letters.push(letter), replaced: () => undefined };
      const leave = boxes.listen(device, afterOf(request), listener, now);
      tell(device);
      leave(true);
      return letters[0];
    },
    acknowledge: boxes.acknowledge,
    watch: (signal) => every(clock, tickPeriod, signal, () => boxes.tick(now())),
  };
}

/** An OSCORE identity stays, whatever address it comes from. */
const nameOf = ({ transport, host, port, identity }: Peer): string => identity ?? `${transport} ${host} ${port}`;

const afterOf = ({ query }: Request): string | undefined =>
  query.find((one) => one.startsWith('after='))?.slice('after='.length);
