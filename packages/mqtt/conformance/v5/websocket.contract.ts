import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { connect, disconnect, pingreq } from '../../test/support/wire.ts';

/** What section 6 asks of a broker that listens for WebSockets at a port. */
export const websocketPromises: Readonly<Record<string, (port: number) => Promise<void>>> = {
  '[MQTT5-6.0.0-1] a text frame ends the connection, and the broker speaks in binary ones': async (port) => {
    const socket = await opened(port);
    const frame = once(socket, 'message') as Promise<[Buffer, boolean]>;
    socket.send(connect({ version: 5, clientId: 'text' }));
    const [connack, isBinary] = await frame;
    assert.deepEqual([connack[0], isBinary], [0x20, true]);
    socket.send('a text', { binary: false });
    await once(socket, 'close');
  },

  '[MQTT5-6.0.0-2] a frame may hold a part of a packet, or several': async (port) => {
    const socket = await opened(port);
    const connack = once(socket, 'message') as Promise<[Buffer]>;
    for (const byte of connect({ version: 5, clientId: 'parts' })) socket.send(Buffer.of(byte));
    assert.equal((await connack)[0][0], 0x20);
    const heard: Buffer[] = [];
    socket.on('message', (bytes: Buffer) => void heard.push(bytes));
    const all = Buffer.concat([pingreq, pingreq, pingreq, disconnect()]);
    socket.send(all.subarray(0, 3));
    socket.send(all.subarray(3));
    await once(socket, 'close');
    assert.equal(Buffer.concat(heard).toString('hex'), 'd000'.repeat(3));
  },

  '[MQTT5-6.0.0-3] a client that does not offer the subprotocol mqtt is not served': async (port) => {
    for (const offered of [[], ['other']]) {
      const socket = new WebSocket(address(port), offered);
      socket.on('error', () => undefined);
      // A server may refuse the handshake, or accept it and close.
      socket.on('open', () => socket.send(connect({ version: 5 })));
      socket.on('message', () => assert.fail('served without the subprotocol'));
      // Not by `once`, which would take the refusal for a failure.
      await new Promise((resolve) => socket.on('close', resolve));
    }
  },

  '[MQTT5-6.0.0-4] the subprotocol that the broker selects is mqtt': async (port) => {
    const socket = new WebSocket(address(port), ['other', 'mqtt']);
    await once(socket, 'open');
    assert.equal(socket.protocol, 'mqtt');
    socket.close();
    await once(socket, 'close');
  },
};

const address = (port: number): string => `ws://127.0.0.1:${port}/mqtt`;

async function opened(port: number): Promise<WebSocket> {
  const socket = new WebSocket(address(port), 'mqtt');
  await once(socket, 'open');
  return socket;
}
