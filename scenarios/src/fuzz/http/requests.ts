import type { Random } from '@selvedge/kernel';
import { coin, oneOf } from '../../cast/chance.ts';
import { bytes, type Piece } from '../pieces/piece.ts';
import { chunked, coded, counted, header, noBody, request, requestLine } from './grammar.ts';
import { cborHex, commandIds, credentials, devices, json, lines, media, senml, targets, twins } from './words.ts';

/** Draws a request that a client may send, valid or nearly so. */
export function drawRequest(random: Random): Piece {
  const device = oneOf(random, devices);
  const path = `/v1/devices/${device}`;
  switch (oneOf(random, drawn)) {
    case 'readings':
      return drawReadings(random, `${path}/readings`);
    case 'status':
      return post(random, `${path}/status`, [], [bytes(oneOf(random, ['offline', '{"state":"online"}', '']))]);
    case 'poll':
      return get(
        random,
        `${path}/commands?wait=${oneOf(random, ['0', '0.01', '1', '61', 'x', ''])}&after=${oneOf(random, commandIds)}`,
      );
    case 'events':
      return get(random, `${path}/commands`, [header('Accept', 'text/event-stream'), header('Last-Event-ID', 'c1')]);
    case 'result':
      return post(random, `${path}/commands/${oneOf(random, commandIds)}/result`, [], [bytes(oneOf(random, json))]);
    case 'twin':
      return get(random, `${path}/twin`);
    case 'edit':
      return post(random, `${path}/twin`, [header('If-Match', '"1"')], [bytes(oneOf(random, twins))], 'PATCH');
    case 'page':
      return get(random, oneOf(random, targets));
  }
}

const drawn = [
  ...['readings', 'readings', 'readings', 'status', 'poll', 'events', 'result', 'page', 'twin', 'edit'],
] as const satisfies readonly string[] as readonly Kind[];

type Kind = 'readings' | 'status' | 'poll' | 'events' | 'result' | 'page' | 'twin' | 'edit';

const host = header('Host', 'localhost');

function common(random: Random): readonly Piece[] {
  return [
    host,
    ...(coin(random, 0.4) ? [header('Authorization', oneOf(random, credentials))] : []),
    ...(coin(random, 0.1) ? [header('Connection', oneOf(random, ['close', 'keep-alive', 'upgrade']))] : []),
    ...(coin(random, 0.05) ? [header('Origin', 'http://evil.example')] : []),
    ...(coin(random, 0.05) ? [header('Expect', '100-continue')] : []),
  ];
}

const get = (random: Random, target: string, more: readonly Piece[] = []): Piece =>
  request(
    requestLine(coin(random, 0.85) ? 'GET' : oneOf(random, methods), target),
    [...common(random), ...more],
    noBody,
  );

const methods = ['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'PATCH', 'get'];

function post(
  random: Random,
  target: string,
  more: readonly Piece[],
  content: readonly Piece[],
  method = 'POST',
): Piece {
  const line = requestLine(
    coin(random, 0.95) ? method : oneOf(random, methods),
    target,
    coin(random, 0.95) ? 'HTTP/1.1' : 'HTTP/1.0',
  );
  const body = coin(random, 0.75)
    ? counted(content)
    : chunked(content.length > 1 ? content.map((one) => [one]) : [content, content]);
  return request(line, [...common(random), ...more], body);
}

function drawReadings(random: Random, target: string): Piece {
  const type = oneOf(random, media);
  const one = (): Piece => bytes(drawPayload(random, type));
  const parts = coin(random, 0.8) ? [one()] : [one(), one(), one()];
  const coding = coin(random, 0.7) ? undefined : oneOf(random, ['gzip', 'zstd'] as const);
  return post(
    random,
    target,
    [
      header('Content-Type', type),
      ...(coding ? [header('Content-Encoding', coding)] : []),
      ...(coin(random, 0.15) ? [header('Idempotency-Key', oneOf(random, ['k1', 'k2', 'two words']))] : []),
    ],
    coding ? [coded(coding, parts)] : parts,
  );
}

function drawPayload(random: Random, type: string): string | Buffer {
  if (type.includes('cbor')) return Buffer.from(oneOf(random, cborHex), 'hex');
  if (type.includes('senml')) return oneOf(random, senml);
  return oneOf(random, type.includes('ndjson') ? lines : json);
}
