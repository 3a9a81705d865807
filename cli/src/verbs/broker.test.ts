import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { type } from '../../test/typed.ts';

/** CONNECT of version 5, without a client identifier. */
const hello = Buffer.from('100d00044d51545405020000000000', 'hex');
const maximumPacketSize = 0x27;

/** The Maximum Packet Size that the broker on this port tells. */
async function packetSizeTold(port: number): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.write(hello);
  const [connack] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return connack.readUInt32BE(connack.indexOf(maximumPacketSize, 5) + 1);
}

test('broker: --packet-size-max is what clients are told, and large payloads have their room in the spool [MQB-129] [MQB-153]', async () => {
  const data = await mkdtemp(join(tmpdir(), 'selvedge-broker-'));
  const end = new AbortController();
  const port = Promise.withResolvers<number>();
  const write = (line: string): void => port.resolve((JSON.parse(line) as { port: number }).port);
  const out = { isTerminal: false, columns: 80, write, complain: (line: string) => port.reject(new Error(line)) };
  const sizes = ['--packet-size-max', '3MiB', '--spool-max', '64MiB'];
  const words = ['broker', '--port', '0', '--data', data, '--allow-anonymous', ...sizes, '--json'];
  const ended = type(words, { signal: end.signal, out });
  assert.equal(await packetSizeTold(await port.promise), 3 * 2 ** 20);
  end.abort();
  assert.equal((await ended).code, 0);
  await rm(data, { recursive: true });
});

test('broker: a size that is none, too small or beyond what MQTT allows is told, and nothing starts [CLI-2]', async () => {
  for (const [option, size] of [
    ['--packet-size-max', '12'],
    ['--packet-size-max', '1KiB'],
    ['--packet-size-max', '1GiB'],
    ['--spool-max', 'much'],
  ] as const) {
    const { code, err } = await type(['broker', '--port', '0', '--allow-anonymous', option, size]);
    assert.equal(code, 2);
    assert.match(err, new RegExp(`${option} is "${size}", it must be a size`));
  }
});
