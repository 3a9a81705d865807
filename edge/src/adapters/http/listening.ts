import { type Clock, type Duration, every, seconds } from '@selvedge/kernel';
import { topics } from '@selvedge/protocol';
import { type Mailboxes, mailboxes } from '../../engines/outlet/mailboxes.ts';
import type { Gate, Outlet, Principal, Revoked } from '../../ports.ts';

/** Who listens for commands at the HTTP door, as the node's outlet sees it. */
export interface Listening {
  readonly outlet: Outlet;
  readonly boxes: Mailboxes;
  /**
   * Begins to wait for the commands of a device; `end` is called when the principal is let in no more, or the door
   * closes. Gives the function to call when it is over; it says whether what was delivered has left.
   */
  begin(wish: Wish): (hasLeft: boolean) => void;
  /** What is on its way to listeners goes on until `signal` aborts. */
  watch(signal: AbortSignal): Promise<void>;
  endAll(): void;
}

export interface Wish {
  readonly device: string;
  readonly principal: Principal;
  /** As in `Mailboxes.listen`. */
  readonly after: string | undefined;
  readonly deliver: (letter: { readonly id: string; readonly text: string }) => void;
  readonly end: () => void;
}

const commandTopic = /^commands\/([^/]+)$/;
const nobody = { matched: 0, acknowledged: Promise.resolve(undefined) };
const [lettersMax, graceMax, repeatAfter] = [64, seconds(30), seconds(10)];
const tickPeriod: Duration = seconds(1);

export function listening(clock: Clock, gate: Gate): Listening {
  const boxes = mailboxes({ lettersMax, graceMax, repeatAfter });
  const open = new Set<Wish>();
  const subscribers: ((filter: string) => void)[] = [];
  const isOf = ({ principal }: Wish, who: Revoked): boolean =>
    principal.kind === who.kind &&
    principal.name === who.name &&
    (who.credential === undefined || principal.credential === who.credential);

  return {
    boxes,
    outlet: {
      publish(message) {
        const device = commandTopic.exec(message.topic)?.[1];
        return device === undefined ? nobody : boxes.publish(device, message, clock.wall());
      },
      onSubscribed: (listener) => void subscribers.push(listener),
      get clients() {
        return open.size;
      },
    },
    begin(wish) {
      const { device, principal } = wish;
      const topic = topics.command(device);
      open.add(wish);
      const leave = boxes.listen(
        device,
        wish.after,
        {
          deliver(letter) {
            if (gate.permits(principal, 'subscribe', topic)) wish.deliver(letter);
            else wish.end();
          },
          replaced: wish.end,
        },
        () => clock.wall(),
      );
      for (const subscribed of subscribers) subscribed(topic);
      return (hasLeft) => {
        open.delete(wish);
        leave(hasLeft);
      };
    },
    async watch(signal) {
      const deafen = gate.onRevoked((who) => {
        for (const wish of [...open]) if (isOf(wish, who)) wish.end();
      });
      await every(clock, tickPeriod, signal, () => boxes.tick(clock.wall())).finally(deafen);
    },
    endAll() {
      for (const wish of [...open]) wish.end();
    },
  };
}
