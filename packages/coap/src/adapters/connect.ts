import type { Socket } from 'node:net';
import type { Fault } from '@selvedge/kernel';
import { coapFaults } from '../faults.ts';
import type { Address } from '../ports.ts';

/** Settles when the socket has emitted `event`; else COAP_UNREACHABLE, or the signal's reason, and the socket is gone. */
export function connected(socket: Socket, event: string, to: Address, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      socket.off(event, arrived).off('error', failed).off('close', closed);
      signal.removeEventListener('abort', abort);
      settle();
    };
    const give = (cause: unknown): void =>
      end(() => {
        socket.on('error', () => undefined);
        socket.destroy();
        reject(cause);
      });
    const arrived = (): void => end(resolve);
    const failed = (cause: Error): void => give(unreachable(to, cause.message, cause));
    const closed = (): void => give(unreachable(to, 'the connection was closed'));
    const abort = (): void => give(signal.reason);
    socket.on(event, arrived).on('error', failed).on('close', closed);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
  });
}

export const unreachable = ({ host, port }: Address, why: string, cause?: unknown): Fault =>
  coapFaults('COAP_UNREACHABLE', `${host}:${port} cannot be reached: ${why}`, { host, port }, cause);
