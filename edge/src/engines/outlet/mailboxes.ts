import { Buffer } from 'node:buffer';
import type { Outlet, OutletMessage } from '../../ports.ts';

/** A command on its way to a device that fetches it. */
export interface Letter {
  readonly id: string;
  /** The message as JSON text, in one line. */
  readonly text: string;
}

/** Somebody who waits for the commands of one device. Calls come while it listens, and in the same turn as `listen`. */
export interface Listener {
  deliver(letter: Letter): void;
  /** Another one listens in its place. */
  replaced(): void;
}

export interface MailboxesOptions {
  /** Commands of one device that may be delivered and not acknowledged; beyond it they wait at the desk. */
  readonly lettersMax: number;
  /** How long, in milliseconds, a device that was delivered something may stay away before it is given to others. */
  readonly graceMax: number;
  /** How long, in milliseconds, before a new listener that does not say what it has is sent what the one before was. */
  readonly repeatAfter: number;
}

/**
 * The commands of devices that fetch them instead of being sent them: whoever listens is given what waits, and what was
 * given is kept until the device shows that it has it, by the place from which it listens on or by an answer. Until then
 * it comes again under the same id.
 */
export interface Mailboxes {
  /** Takes a command for its device if somebody listens; `acknowledged` is as in `Outlet`. */
  publish(device: string, message: OutletMessage, now: number): ReturnType<Outlet['publish']>;
  /**
   * Listens for a device, in the place of who did before. `after` is the id of the last command that the listener has,
   * empty if it has none; undefined if it does not say. Gives the function that ends it and says whether what was
   * delivered has left this machine; what has not comes again at once.
   */
  listen(device: string, after: string | undefined, listener: Listener, now: () => number): (hasLeft: boolean) => void;
  /** The device has shown that it has this command. */
  acknowledge(device: string, id: string): void;
  /** Gives up what was not acknowledged for too long, and sends again what should be. */
  tick(now: number): void;
  readonly listening: number;
}

interface Kept extends Letter {
  readonly expiresAt: number;
  readonly acknowledge: (client: string | undefined) => void;
  sentAt: number;
  sentTo: Listener | undefined;
}

interface Box {
  readonly letters: Map<string, Kept>;
  listener: Listener | undefined;
  /** When the last listener left. */
  leftAt: number;
}

const nobody: ReturnType<Outlet['publish']> = { matched: 0, acknowledged: Promise.resolve(undefined) };

export function mailboxes(options: MailboxesOptions): Mailboxes {
  const boxes = new Map<string, Box>();
  let listening = 0;

  const send = (box: Box, letter: Kept, now: number): void => {
    letter.sentAt = now;
    letter.sentTo = box.listener;
    box.listener?.deliver(letter);
  };

  const end = (device: string, box: Box, letter: Kept, client: string | undefined): void => {
    box.letters.delete(letter.id);
    letter.acknowledge(client);
    if (!box.listener && box.letters.size === 0) boxes.delete(device);
  };

  const leave = (device: string, box: Box, listener: Listener, hasLeft: boolean, now: number): void => {
    if (!hasLeft)
      for (const letter of box.letters.values())
        if (letter.sentTo === listener) letter.sentAt = Number.NEGATIVE_INFINITY;
    if (box.listener !== listener) return;
    box.listener = undefined;
    box.leftAt = now;
    listening -= 1;
    if (box.letters.size === 0) boxes.delete(device);
  };

  return {
    publish(device, message, now) {
      const box = boxes.get(device);
      const read = readMessage(message.payload);
      if (!box?.listener || !read || box.letters.has(read.id) || box.letters.size >= options.lettersMax) return nobody;
      const { promise, resolve } = Promise.withResolvers<string | undefined>();
      const letter: Kept = { ...read, acknowledge: resolve, sentAt: now, sentTo: undefined };
      box.letters.set(letter.id, letter);
      send(box, letter, now);
      return { matched: 1, acknowledged: promise };
    },
    listen(device, after, listener, now) {
      const box: Box = boxes.get(device) ?? { letters: new Map(), listener: undefined, leftAt: 0 };
      boxes.set(device, box);
      const before = box.listener;
      box.listener = listener;
      if (before) before.replaced();
      else listening += 1;
      const at = now();
      if (after !== undefined && box.letters.has(after)) {
        for (const letter of [...box.letters.values()]) {
          end(device, box, letter, device);
          if (letter.id === after) break;
        }
      }
      for (const letter of [...box.letters.values()]) {
        if (letter.expiresAt <= at) end(device, box, letter, undefined);
        else if (after !== undefined || at - letter.sentAt >= options.repeatAfter) send(box, letter, at);
      }
      return (hasLeft) => leave(device, box, listener, hasLeft, now());
    },
    acknowledge(device, id) {
      const box = boxes.get(device);
      const letter = box?.letters.get(id);
      if (box && letter) end(device, box, letter, device);
    },
    tick(now) {
      for (const [device, box] of [...boxes]) {
        const isGone = !box.listener && now - box.leftAt >= options.graceMax;
        for (const letter of [...box.letters.values()]) {
          if (isGone || letter.expiresAt <= now) end(device, box, letter, undefined);
          else if (box.listener !== letter.sentTo && now - letter.sentAt >= options.repeatAfter) send(box, letter, now);
        }
      }
    },
    get listening() {
      return listening;
    },
  };
}

/** What a mailbox must know of a command message; undefined for anything else. */
function readMessage(payload: Uint8Array): (Letter & { readonly expiresAt: number }) | undefined {
  const text = Buffer.from(payload).toString('utf8');
  const { id, expires_at: expiresAt } = JSON.parse(text) as { id?: unknown; expires_at?: unknown };
  return typeof id === 'string' && typeof expiresAt === 'number' ? { id, text, expiresAt } : undefined;
}
