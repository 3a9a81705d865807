import type { Clock } from '@selvedge/kernel';
import { type ClientInfo, previewOf, type RetainedInfo, traceLimits } from '@selvedge/mqtt';
import type { BrokerOperations, Principal, Route } from '../../ports.ts';
import { absent, invalid, limitOf, memberOf, numberOf, textOf } from './asked.ts';

const previewBytes = 64;

/** What an operator may see and do at the MQTT door, over HTTP. `broker` is asked at each request. */
export function brokerRoutes(broker: () => BrokerOperations, clock: Clock): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/broker/clients',
      for: 'operator',
      handle: (request) => ({
        status: 200,
        body: clientsPage(broker().clients(), request.query.get('after'), limitOf(request)),
      }),
    },
    {
      method: 'DELETE',
      path: '/v1/broker/clients/{id}',
      for: 'operator',
      handle({ parameters: { id = '' } }) {
        if (!broker().kick(id)) throw absent(`no client ${id} is connected`);
        return { status: 204 };
      },
    },
    {
      method: 'GET',
      path: '/v1/broker/retained',
      for: 'operator',
      handle(request) {
        const filter = request.query.get('filter') ?? '#';
        const after = request.query.get('after');
        const query = { limit: limitOf(request), previewBytes, ...(after === null ? {} : { after }) };
        const page = broker().retained(filter, query);
        if (!page) throw invalid(`${filter} is no topic filter`);
        return { status: 200, body: { messages: page.messages.map(retainedView), more: page.more } };
      },
    },
    {
      method: 'DELETE',
      path: '/v1/broker/retained/{topic}',
      for: 'operator',
      handle({ parameters: { topic = '' } }) {
        const exact = /[+#]/.test(topic) ? undefined : broker().retained(topic, { limit: 1 });
        if (!exact?.messages.length) throw absent(`nothing is retained at ${topic}`);
        // As any client would clear it, so that those who subscribed hear of it.
        broker().publish({ topic, payload: '', retain: true });
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      path: '/v1/broker/trace',
      for: 'operator',
      handle({ body }) {
        const client = textOf(body, 'client');
        if (client === undefined || client === '') throw invalid('client is missing');
        const seconds = numberOf(memberOf(body, 'seconds') ?? 60, 'seconds', { min: 1, max: traceLimits.secondsMax });
        const trace = broker().trace(client, seconds);
        if (!trace) throw invalid(`${traceLimits.tracesMax} clients are traced already; wait until one is over`);
        return { status: 202, body: { client, startedAt: trace.startedAt, endsAt: trace.endsAt } };
      },
    },
    {
      method: 'GET',
      path: '/v1/broker/trace/{client}',
      for: 'operator',
      handle({ parameters: { client = '' }, query }) {
        const trace = broker().traceOf(client);
        if (!trace) throw absent(`${client} is not traced`);
        const { startedAt, endsAt, dropped, lines } = trace;
        const from = numberOf(query.get('from') ?? 0, 'from', { min: 0, max: traceLimits.linesMax });
        const over = clock.wall() >= endsAt;
        return { status: 200, body: { client, startedAt, endsAt, over, dropped, lines: lines.slice(from) } };
      },
    },
  ];
}

/** The clients in the order of their ids; a session each, connected or kept. */
function clientsPage(all: Iterable<ClientInfo>, after: string | null, limit: number): unknown {
  const ids = [...all].filter(({ clientId }) => after === null || clientId > after);
  ids.sort((one, other) => (one.clientId < other.clientId ? -1 : 1));
  return { clients: ids.slice(0, limit).map(clientView), more: ids.length > limit };
}

function clientView({ clientId, connection, ...session }: ClientInfo): unknown {
  const principal = connection?.context as Principal | undefined;
  const { subscriptions, queued, queuedBytes, inflight, expiry } = session;
  return {
    id: clientId,
    connected: connection !== undefined,
    principal: principal ? { kind: principal.kind, name: principal.name } : null,
    address: connection?.address ?? null,
    secure: connection?.secure ?? null,
    protocol: connection ? (connection.protocol === 5 ? '5.0' : '3.1.1') : null,
    connectedSince: connection?.since ?? null,
    session: { expirySeconds: expiry },
    subscriptions,
    queued,
    queuedBytes,
    inFlight: inflight,
    received: connection?.received ?? 0,
    delivered: connection?.delivered ?? 0,
    receivedPerSecond: connection?.receivedRate ?? 0,
    deliveredPerSecond: connection?.deliveredRate ?? 0,
  };
}

function retainedView({ topic, qos, payloadBytes, preview, from, expiresAt }: RetainedInfo): unknown {
  return {
    topic,
    qos,
    payloadBytes,
    // Bytes that are no text are shown as such; text without the values of what is called a secret.
    preview: previewOf(preview, preview.length < payloadBytes) ?? `0x${Buffer.from(preview).toString('hex')}`,
    from: from ?? null,
    expiresAt: expiresAt ?? null,
  };
}
