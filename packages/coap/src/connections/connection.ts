import { type Clock, describeFailure, type Log, type Metrics } from '@selvedge/kernel';
import { codeClass, empty, isRequest, isResponse, signals } from '../codes.ts';
import type { Limits } from '../config.ts';
import type { Incoming, Line, Outcome, Upcalls } from '../line.ts';
import type { Message } from '../message.ts';
import type { coapMetrics } from '../metrics.ts';
import type { Connected, Transport } from '../ports.ts';
import type { Deadline, Deadlines } from '../timing/deadlines.ts';
import { encodeFrame, frameSize, frames } from '../wire/frame.ts';
import {
  abort,
  badSignalOption,
  baseSettings,
  isSignal,
  ping,
  pong,
  readSettings,
  release,
  takesBert,
  writeSettings,
} from './signals.ts';

/** One connection that carries messages (RFC 8323). */
export interface Connection {
  readonly line: Line;
  /** Settles when the peer's settings have come; rejects with `closed` when the connection ends before. */
  readonly ready: Promise<void>;
  /** The peer asked for no more requests, or it has ended. */
  readonly isClosing: boolean;
  /** Says goodbye, and ends it when everything has left. */
  release(): void;
  /** Ends it now. */
  destroy(): void;
}

export interface ConnectionWorld {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly log: Log;
  readonly metrics: Metrics<typeof coapMetrics>;
}

export function connection(
  { stream, about }: Connected,
  { key, transport, limits }: { readonly key: string; readonly transport: Transport; readonly limits: Limits },
  world: ConnectionWorld,
  upcalls: Upcalls,
  ended: () => void,
): Connection {
  const { deadlines, metrics, log } = world;
  // A stranger holds no more than the settings it has to begin with.
  const input = frames(() => (isReady ? limits.messageSizeMax : baseSettings.messageSizeMax));
  const waiting = new Set<(outcome: Outcome) => void>();
  let settings = baseSettings;
  let isReady = false;
  let isClosing = false;
  let over = false;
  let asked = false;
  let released = false;
  let executing = 0;
  let heardAt = world.clock.ticks();
  let settle: { resolve: () => void; reject: (cause: unknown) => void };
  const ready = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject };
  });
  ready.catch(() => undefined);

  const write = (message: Message, flushed?: () => void): void => {
    if (over || stream.writableEnded) return;
    stream.write(encodeFrame(message), (cause) => cause ?? flushed?.());
    if (stream.writableLength <= limits.outgoingMax) return;
    metrics.refused.add(1, 'slow');
    close('the peer does not read');
  };

  const close = (why: string): void => {
    if (over) return;
    over = true;
    isClosing = true;
    watch?.cancel();
    stream.destroy();
    settle.reject(new Error(why));
    for (const outcome of [...waiting]) outcome('closed');
    waiting.clear();
    upcalls.closed(line);
    ended();
  };

  /** What cannot go on is told why (RFC 8323 §5.6). */
  const fail = (why: string, reason: string, badOption?: number): void => {
    if (over) return;
    metrics.malformed.add(1, reason);
    if (!stream.writableEnded) stream.end(encodeFrame(abort(why, badOption)), () => close(why));
    isClosing = true;
    watch?.cancel();
    watch = deadlines.after(limits.settingsWithin, () => close(why));
  };

  const line: Line = {
    key,
    peer: {
      host: about.host,
      port: about.port,
      transport,
      secure: transport === 'tls',
      certificate: about.certificate,
      identity: undefined,
    },
    reliable: true,
    get bert() {
      return takesBert(settings);
    },
    proven: true,
    prove: () => undefined,
    room: () => settings.messageSizeMax,
    sizeOf: frameSize,
    send(message, _confirmable, outcome) {
      if (over) {
        outcome('closed');
        return { release: () => undefined };
      }
      const told = (what: Outcome): void => {
        if (waiting.delete(told)) outcome(what);
      };
      waiting.add(told);
      write(message, () => told('acknowledged'));
      return { release: () => void waiting.delete(told) };
    },
  };

  const receiveSignal = (message: Message): void => {
    const bad = badSignalOption(message);
    if (bad) {
      fail(`option ${bad.number} of ${message.code & 31} is not known`, 'option', bad.number);
      return;
    }
    switch (message.code) {
      case signals.csm:
        settings = readSettings(settings, message);
        isReady = true;
        settle.resolve();
        return;
      case signals.ping:
        write(pong(message));
        return;
      case signals.release:
        isClosing = true;
        released = true;
        endIfIdle();
        return;
      case signals.abort:
        log.debug('coap.connection.aborted', { host: about.host, why: message.payload.toString('utf8', 0, 200) });
        close('the peer aborted the connection');
        return;
    }
  };

  const receive = (message: Message): void => {
    if (!isReady && message.code !== signals.csm) {
      fail('the first message is not a CSM', 'no-settings');
      return;
    }
    if (message.code === empty) return;
    if (isSignal(message.code)) {
      receiveSignal(message);
      return;
    }
    if (isRequest(message.code)) {
      upcalls.request(incomingOf(message));
      return;
    }
    if (!isResponse(message.code)) {
      fail(`code class ${codeClass(message.code)} is reserved`, 'format');
      return;
    }
    if (!upcalls.response(line, message)) metrics.malformed.add(1, 'unexpected-response');
  };

  const incomingOf = (message: Message): Incoming => {
    executing += 1;
    const done = (response?: Message): void => {
      if (response) write(response);
      executing -= 1;
      if (released) endIfIdle();
    };
    return { line, message, confirmable: true, respond: done, reject: done };
  };

  /** What is under way is answered before a connection ends that the peer has released (RFC 8323 §5.5). */
  const endIfIdle = (): void => {
    if (executing === 0 && !over && !stream.writableEnded) stream.end(() => close('the peer released the connection'));
  };

  /** A silent connection is asked whether the peer is still there. */
  const lookIn = (): void => {
    const silent = world.clock.ticks() - heardAt;
    if (!isReady) {
      fail('no CSM came', 'no-settings');
      return;
    }
    if (silent < limits.idleMax) {
      watch = deadlines.after(limits.idleMax - silent, lookIn);
      asked = false;
    } else if (asked) close('the peer does not answer');
    else {
      asked = true;
      write(ping());
      watch = deadlines.after(limits.settingsWithin, lookIn);
    }
  };

  let watch: Deadline | undefined = deadlines.after(limits.settingsWithin, lookIn);
  stream.on('data', (bytes: Buffer) => {
    if (over || stream.writableEnded) return;
    heardAt = world.clock.ticks();
    asked = false;
    const why = input.push(bytes, (message) => {
      if (!over && !stream.writableEnded) receive(message);
    });
    if (why !== undefined) fail(why, 'format');
  });
  stream.on('error', (cause) => {
    log.debug('coap.connection.failed', { host: about.host, ...describeFailure(cause) });
    close('the connection failed');
  });
  stream.on('end', () => close('the peer closed the connection'));
  stream.on('close', () => close('the connection was closed'));
  write(writeSettings({ messageSizeMax: limits.messageSizeMax, blockwise: true }));

  return {
    line,
    ready,
    get isClosing() {
      return isClosing;
    },
    release() {
      if (over || stream.writableEnded) return;
      isClosing = true;
      write(release());
      stream.end(() => close('this endpoint released the connection'));
    },
    destroy: () => close('this endpoint ended the connection'),
  };
}
