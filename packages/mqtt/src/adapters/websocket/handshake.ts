import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** RFC 6455, section 1.3. */
const guid = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** The answer to a client that asks for a WebSocket (RFC 6455, section 4.2), and whether it gets one. */
export function answerUpgrade({ method, headers }: IncomingMessage): {
  readonly taken: boolean;
  readonly head: string;
} {
  const key = headers['sec-websocket-key'] ?? '';
  if (method !== 'GET' || headers.upgrade?.toLowerCase() !== 'websocket' || !/^[+/0-9A-Za-z]{22}==$/.test(key))
    return refusal('400 Bad Request', 'A WebSocket is needed');
  if (headers['sec-websocket-version'] !== '13')
    return refusal('426 Upgrade Required', 'Version 13 is needed', 'Sec-WebSocket-Version: 13');
  // [MQTT-6.0.0-3]
  if (!(headers['sec-websocket-protocol'] ?? '').split(',').some((name) => name.trim() === 'mqtt'))
    return refusal('400 Bad Request', 'The subprotocol mqtt is needed');
  const accept = createHash('sha1').update(`${key}${guid}`).digest('base64');
  return {
    taken: true,
    head: lines('101 Switching Protocols', [
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${accept}`,
      'Sec-WebSocket-Protocol: mqtt', // [MQTT-6.0.0-4]
    ]),
  };
}

const refusal = (status: string, why: string, ...more: readonly string[]) => ({
  taken: false,
  head: `${lines(status, ['Connection: close', ...more])}${why}\n`,
});

const lines = (status: string, headers: readonly string[]): string =>
  [`HTTP/1.1 ${status}`, ...headers, '', ''].join('\r\n');
