import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import Type from 'typebox';
import { type WebSocket, WebSocketServer } from 'ws';
import { cloudFaults, problemOf, problemType } from '../../faults.ts';
import type { Api } from './api-world.ts';
import type { Guard } from './guard.ts';
import { answers, whole } from './schema.ts';

const path = '/v1/feed';

/** Who keeps the listeners. */
export interface Hub {
  /** Adds one; with `since` it goes on after that event where it can. */
  join(socket: WebSocket, since: number | undefined): void;
  stop(): Promise<void>;
}

/** Names the feed in the list of routes; a request that is no upgrade learns that it must be one. */
export function feedRoute(api: Api): void {
  api.get(
    path,
    {
      schema: {
        tags: ['feed'],
        summary:
          'WebSocket of everything that changes: {sequence, kind, data}, first {kind: "hello", sequence, resumed}',
        querystring: Type.Object(
          { since: Type.Optional(Type.Integer({ minimum: 0, description: 'Go on after this sequence.' })) },
          whole,
        ),
        response: answers({ 101: Type.Null() }),
      },
    },
    async () => {
      throw cloudFaults('API_UPGRADE_NEEDED', `${path} is a WebSocket`);
    },
  );
}

/** Opens the feed on the server's upgrades, for those whom the guard admits. Gives what closes it. */
export function openFeed(api: Api, hub: Hub, guard: Guard): () => void {
  // Listeners have nothing to say, so what they may send is little.
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1_024, perMessageDeflate: false });
  const upgrade = async (request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> => {
    socket.on('error', () => socket.destroy());
    try {
      const since = sinceOf(new URL(request.url ?? '/', 'http://cloud'));
      await guard.admit({ method: 'GET', headers: request.headers });
      sockets.handleUpgrade(request, socket, head, (webSocket) => hub.join(webSocket, since));
    } catch (cause) {
      const problem = problemOf(cause);
      const lines = [
        `HTTP/1.1 ${problem.status} ${problem.title}`,
        `content-type: ${problemType}`,
        'connection: close',
      ];
      socket.end(`${lines.join('\r\n')}\r\n\r\n${JSON.stringify(problem)}`);
    }
  };
  api.server.on('upgrade', (request, socket, head) => void upgrade(request, socket, head));
  return () => {
    for (const socket of sockets.clients) socket.terminate();
  };
}

function sinceOf({ pathname, searchParams }: URL): number | undefined {
  if (pathname !== path) throw cloudFaults('API_NOT_FOUND', `there is no WebSocket ${pathname}`);
  const mistakes = [...searchParams.keys()]
    .filter((name) => name !== 'since')
    .map((name) =>
      // An address ends up in logs and histories, where a token must not be.
      name === 'token'
        ? 'token: send it as Authorization or as the cookie, never in the address'
        : `${name}: there is no such member`,
    );
  const since = searchParams.get('since');
  if (since !== null && !/^\d{1,16}$/.test(since)) mistakes.push('since: must be a sequence');
  if (mistakes.length > 0) throw cloudFaults('API_INVALID', mistakes.join('; '), { mistakes });
  return since === null ? undefined : Number(since);
}
