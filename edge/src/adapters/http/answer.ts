import type { Clock } from '@selvedge/kernel';
import { seconds } from '@selvedge/kernel';
import type { Answer, Exchange } from './exchange.ts';

/** How long a client may go on sending what nobody will read, so that it reads the answer before its connection breaks. */
const lingerMax = seconds(1);

/** Writes an answer. One that comes before the request was read to its end closes the connection afterwards. */
export function writeAnswer({ request, response }: Exchange, answer: Answer, clock: Clock): void {
  if (response.headersSent || response.destroyed) return;
  const isText = typeof answer.body === 'string';
  const body = answer.body === undefined ? '' : isText ? (answer.body as string) : `${JSON.stringify(answer.body)}\n`;
  const type = answer.status >= 400 ? 'application/problem+json' : 'application/json';
  // A request without a body is whole from the start, though its end may not have been noticed yet.
  const isWhole = request.complete || !hasBody(request.headers);
  response.writeHead(answer.status, {
    ...(answer.body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(isWhole ? {} : { connection: 'close' }),
    ...answer.headers,
  });
  if (isWhole || request.method === 'HEAD') return void response.end(body);
  response.write(body);
  const over = new AbortController();
  const end = (): void => {
    over.abort();
    response.end();
  };
  request.once('close', end).once('end', end);
  request.resume();
  clock.sleep(lingerMax, over.signal).then(end, () => undefined);
}

const hasBody = (headers: Exchange['request']['headers']): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
