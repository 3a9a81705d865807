import { wholeNumber } from '../arguments.ts';
import { edgeAt, edgeOptions } from '../edge-at.ts';
import type { ClientView } from '../edge-views.ts';
import { clientJson } from '../shapes/broker.ts';
import { table } from '../text/columns.ts';
import { sayAgo, sayBytes } from '../text/say.ts';
import type { Verb } from '../verb.ts';

export const brokerClients: Verb = {
  path: ['broker', 'clients'],
  summary: 'List the MQTT clients of an edge node: addresses, sessions, queues, rates.',
  arguments: [],
  options: {
    after: { kind: 'text', value: 'ID', doc: 'Only clients whose id comes behind this one.' },
    limit: { kind: 'text', value: 'N', doc: 'At most so many; default 100.' },
    ...edgeOptions,
  },
  examples: ['selvedge broker clients', "selvedge broker clients --json | jq '.clients[] | select(.queued > 0)'"],
  talks: false,
  async run(context) {
    const { given, clock, answer } = context;
    const limit = wholeNumber(given, brokerClients, 'limit', { min: 1, max: 1_000 }) ?? 100;
    const query = { after: given.text('after'), limit };
    const { clients, more } = await edgeAt(context).get<{ clients: readonly ClientView[]; more: boolean }>(
      '/v1/broker/clients',
      query,
    );
    const rows = clients.map((client) => [
      client.id,
      client.connected ? 'connected' : 'kept',
      client.address ?? '-',
      client.protocol === null ? '-' : `${client.protocol}${client.secure ? ' TLS' : ''}`,
      client.connectedSince === null ? '-' : sayAgo(client.connectedSince, clock.wall()),
      String(client.subscriptions),
      client.queued === 0 ? '0' : `${client.queued} (${sayBytes(client.queuedBytes)})`,
      String(client.inFlight),
      client.receivedPerSecond.toFixed(1),
      client.deliveredPerSecond.toFixed(1),
    ]);
    const head = ['id', 'session', 'address', 'protocol', 'since', 'subs', 'queued', 'in flight', 'in/s', 'out/s'];
    const rest = more ? `There are more: --after ${clients.at(-1)?.id ?? ''}\n` : '';
    answer({ clients: clients.map(clientJson), more }, table(head, rows, 'No client is connected.') + rest);
    return undefined;
  },
};
