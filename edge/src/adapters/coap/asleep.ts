import { access } from 'node:fs/promises';
import { describeFailure, service } from '@selvedge/kernel';
import type { EdgeConfig } from '../../config.ts';
import { isLoopback } from '../../engines/access/throttle.ts';
import type { OpenDoor } from '../../ports.ts';
import type { CoapDoor } from './door.ts';
import type { CoapParts, OpenedCoap } from './open.ts';
import { quietSocket } from './quiet-socket.ts';

/**
 * The CoAP door of this machine as the configuration has it, or undefined where it has none. While it only listens on this
 * machine, it sleeps until somebody comes: most nodes never hear CoAP, and the package would take 6 to 10 MiB of them.
 */
export async function coapOf(config: EdgeConfig, parts: CoapParts): Promise<OpenedCoap | undefined> {
  const { udp, tcp, tls } = config.coap;
  if (udp.length + tcp.length + tls.length === 0) return undefined;
  const isSimple = tcp.length + tls.length === 0 && udp.every(({ host }) => isLoopback(host));
  if (isSimple && !(await exists(`${config.data}/oscore.json`))) return asleep(config, parts);
  return (await import('./open.ts')).openCoap(config, parts);
}

const nobody = { matched: 0, acknowledged: Promise.resolve(undefined) };

function asleep(config: EdgeConfig, parts: CoapParts): OpenedCoap {
  let wake = (): void => undefined;
  const sockets = config.coap.udp.map((at) => quietSocket(at, () => wake()));
  let door: CoapDoor | undefined;

  const open: OpenDoor = (...node) => {
    const subscribers: ((filter: string) => void)[] = [];
    const ended = new AbortController();
    let waking: Promise<void> | undefined;
    const load = async (): Promise<void> => {
      const { openDoor } = await import('./open.ts');
      if (ended.signal.aborted) return;
      const ways = sockets.map(({ datagrams }) => ({ transport: datagrams, plain: true }));
      const one = openDoor(config, { ...parts, ways, security: undefined }, ...node);
      for (const subscriber of subscribers) one.onSubscribed(subscriber);
      await one.start(ended.signal);
      door = one;
    };
    wake = () => {
      waking ??= load().catch((cause: unknown) => {
        // Whoever comes next wakes it again.
        parts.log.error('coap.not_woken', describeFailure(cause));
        waking = undefined;
      });
    };
    return {
      ...service({
        async start() {
          for (const one of sockets) await one.open();
        },
        async stop() {
          ended.abort();
          await waking;
          await door?.stop();
          for (const one of sockets) await one.close();
        },
      }),
      publish: (message) => door?.publish(message) ?? nobody,
      onSubscribed: (listener) => void subscribers.push(listener),
      get clients() {
        return door?.clients ?? 0;
      },
    };
  };

  return {
    open,
    addresses: () => sockets.flatMap(({ at }) => (at ? [{ ...at, transport: 'udp' as const }] : [])),
    metrics: () => door?.metrics() ?? '',
  };
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
