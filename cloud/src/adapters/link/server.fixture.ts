import { request } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';
import { logTo, minutes, seededEntropy } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { type Authority, createAuthority, createNodeRequest, readNodeRequest } from '@selvedge/trust';
import { WebSocket } from 'ws';
import { attempts } from '../../engines/admission/attempts.ts';
import { cloudMetrics } from '../../metrics.ts';
import type { LinkConnection } from '../../ports.ts';
import { linkServer } from './server.ts';

/** A link server on a port of the system's choice; nodes that are let in are listed, secrets are good for one key. */
export async function startedServer(options: { failuresMax?: number } = {}) {
  const authority = await createAuthority({ name: 'Selvedge' }, { clock: systemClock, entropy: seededEntropy(1) });
  const secrets = new Map<string, string>();
  const usedBy = new Map<string, string>();
  const accepted: { node: string; connection: LinkConnection }[] = [];
  const events: string[] = [];
  const server = linkServer(
    { host: '127.0.0.1', port: 0, names: ['localhost', '127.0.0.1', '::1'] },
    {
      clock: systemClock,
      log: logTo((_level, event) => void events.push(event), 'debug'),
      metrics: cloudMetrics(),
      authority,
      attempts: attempts({ failuresMax: options.failuresMax ?? 100, window: minutes(5), keysMax: 100 }),
      access: {
        async useEnrolment(secret, key) {
          const by = Buffer.from(key).toString('hex');
          if (secrets.has(secret) && !usedBy.has(secret)) usedBy.set(secret, by);
          return usedBy.get(secret) === by ? secrets.get(secret) : undefined;
        },
      },
      links: { accept: (connection, node) => void accepted.push({ node, connection }) },
    },
  );
  await server.start(new AbortController().signal);
  return { server, authority, secrets, usedBy, accepted, events };
}

export type Started = Awaited<ReturnType<typeof startedServer>>;

/** Key and certificate of a node, as an authority signs them. */
export async function identityOf(authority: Authority, node: string, life?: Parameters<Authority['signNode']>[2]) {
  const { request: csr, key } = await createNodeRequest(node);
  const read = await readNodeRequest(csr);
  if (!read.ok) throw new Error(read.why);
  return { key, cert: await authority.signNode(read.value, node, life) };
}

/** What a node is told when it opens the link: open, or the status and code of the refusal. */
export function dial(
  { server, authority }: Pick<Started, 'server' | 'authority'>,
  identity: { key?: string; cert?: string },
  path = '/link',
): Promise<{ socket: WebSocket; status: number; code: string | undefined }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`wss://127.0.0.1:${server.port}${path}`, { ca: authority.certificate, ...identity });
    socket.once('open', () => resolve({ socket, status: 101, code: undefined }));
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.on('data', (part) => {
        body += part;
      });
      response.on('end', () => {
        socket.on('error', () => undefined);
        socket.terminate();
        resolve({ socket, status: response.statusCode ?? 0, code: (JSON.parse(body) as { code: string }).code });
      });
    });
    socket.once('error', reject);
  });
}

/** Sends a request to the server as a node without a certificate does. */
export function send(
  { server, authority }: Pick<Started, 'server' | 'authority'>,
  body: string | Buffer,
  path = '/enrol',
  method = 'POST',
): Promise<{ status: number; body: Record<string, string>; retryAfter: string | undefined }> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: server.port, path, method, ca: authority.certificate, agent: false };
    const asking = request(options, (response) => {
      let text = '';
      response.on('data', (part) => {
        text += part;
      });
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: JSON.parse(text) as Record<string, string>,
          retryAfter: response.headers['retry-after'],
        }),
      );
    });
    asking.on('error', reject);
    asking.end(body);
  });
}

/** The chain that the server shows to somebody who believes nobody yet, its own certificate first. */
export function shownChain(port: number): Promise<readonly Uint8Array[]> {
  return new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const chain: Uint8Array[] = [];
      for (
        let at = socket.getPeerCertificate(true);
        !chain.some((one) => Buffer.compare(one, at.raw) === 0);
        at = at.issuerCertificate
      )
        chain.push(at.raw);
      socket.destroy();
      resolve(chain);
    });
    socket.on('error', reject);
  });
}
