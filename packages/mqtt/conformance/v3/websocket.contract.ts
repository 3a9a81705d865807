import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { connect, pingreq } from '../../test/support/wire.ts';

interface Opened {
  readonly socket: WebSocket;
  /** Waits for so many bytes, and gives all that came since the last call. */
  bytes(count: number): Promise<string>;
}

async function opened(port: number): Promise<Opened> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, 'mqtt');
  let came = Buffer.alloc(0);
  socket.on('message', (bytes: Buffer) => {
    came = Buffer.concat([came, bytes]);
  });
  await once(socket, 'open');
  return {
    socket,
    async bytes(count) {
      while (came.length < count) await once(socket, 'message');
      const all = came.toString('hex');
      came = Buffer.alloc(0);
      return all;
    },
  };
}

const accepted = '20020000';
const pingresp = 'd000';

/** What section 6 asks of a broker that listens for WebSockets at a port. */
export const websocketPromises: Readonly<Record<string, (port: number) => Promise<void>>> = {
  '[MQTT3-6.0.0-1] a text frame ends the connection': async (port) => {
    const { socket, bytes } = await opened(port);
    socket.send(connect({ clientId: 'text' }));
    assert.equal(await bytes(4), accepted);
    socket.send(pingreq.toString('latin1'), { binary: false });
    await once(socket, 'close');
  },

  '[MQTT3-6.0.0-1] what the broker says comes in binary frames': async (port) => {
    const { socket } = await opened(port);
    const frame = once(socket, 'message') as Promise<[Buffer, boolean]>;
    socket.send(connect({ clientId: 'binary' }));
    const [bytes, isBinary] = await frame;
    assert.equal(bytes.toString('hex'), accepted);
    assert.equal(isBinary, true);
    socket.terminate();
  },

  '[MQTT3-6.0.0-2] a frame may hold a part of a packet': async (port) => {
    const { socket, bytes } = await opened(port);
    for (const byte of connect({ clientId: 'parts' })) socket.send(Buffer.of(byte));
    assert.equal(await bytes(4), accepted);
    socket.terminate();
  },

  '[MQTT3-6.0.0-2] a frame may hold several packets': async (port) => {
    const { socket, bytes } = await opened(port);
    socket.send(Buffer.concat([connect({ clientId: 'several' }), pingreq]));
    assert.equal(await bytes(6), accepted + pingresp);
    socket.send(Buffer.concat([pingreq, pingreq, pingreq.subarray(0, 1)]));
    socket.send(pingreq.subarray(1));
    assert.equal(await bytes(6), pingresp.repeat(3));
    socket.terminate();
  },

  '[MQTT3-6.0.0-4] the subprotocol that the broker selects is mqtt': async (port) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/mqtt`, ['other', 'mqtt']);
    await once(socket, 'open');
    assert.equal(socket.protocol, 'mqtt');
    socket.terminate();
  },
};
