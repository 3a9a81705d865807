import { type ClientResponse, coapClient, type Endpoint, type MemoryNetwork, type Observation } from '@selvedge/coap';
import { type Clock, seeded, seededEntropy } from '@selvedge/kernel';
import { Broken } from '../target.ts';

/** A peer that behaves, and must not notice what others do: it asks, and it observes. */
export interface Witness {
  send(): void;
  /** Throws `Broken` if an answer or a change has not come. */
  check(): void;
  /** Nothing reaches it any more. */
  lose(): void;
  stop(): Promise<void>;
}

const url = 'coap://10.0.0.1';

export async function witness(
  network: MemoryNetwork,
  clock: Clock,
  seed: number,
  run: (wait: number) => Promise<void>,
): Promise<Witness> {
  const socket = network.datagrams({ host: '10.0.2.1', port: 5_683 });
  let isLost = false;
  const lossy: typeof socket = {
    ...socket,
    start: (receive) => socket.start((bytes, from) => void (isLost || receive(bytes, from))),
  };
  const client: Endpoint = coapClient(
    {},
    {
      ...{ clock, random: seeded(seed + 2), entropy: seededEntropy(seed + 3), transports: [lossy] },
    },
  );
  await client.start(new AbortController().signal);
  let wrong: string | undefined;
  let sent = 0;
  let answered = 0;
  let due = 0;
  const observing: Promise<Observation> = client.observe(`${url}/ticker`);
  await run(50);
  const observation = await observing;
  const follow = async (): Promise<void> => {
    for await (const _state of observation);
    wrong ??= 'the observation of the witness has ended';
  };
  follow().catch((cause: unknown) => {
    wrong ??= `the observation of the witness fails: ${String(cause)}`;
  });

  const judge = ({ code, payload }: ClientResponse): void => {
    answered += 1;
    if (code !== 0x45 || payload.toString() !== '["a","b"]') wrong ??= `the witness is answered ${code} ${payload}`;
  };
  return {
    send() {
      sent += 1;
      client.request(`${url}/sensors`).then(judge, (cause: unknown) => {
        wrong ??= `the witness is not answered: ${String(cause)}`;
      });
    },
    check() {
      if (wrong !== undefined) throw new Broken('promise', wrong);
      // What was asked before the last check has had its time.
      if (answered < due) throw new Broken('promise', `the witness has ${answered} of ${due} answers`);
      due = sent;
    },
    lose() {
      isLost = true;
    },
    stop: () => client.stop(),
  };
}
