import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { silentLog } from '@selvedge/kernel';
import { systemClock, systemRandom } from '@selvedge/kernel/system';
import { broker } from '@selvedge/mqtt';
import { type DebianPackage, ensureDebian, findCommand, needs, watch } from '../../../tools/world.ts';
import coapCaptures from './coap/captures.json' with { type: 'json' };
import httpCaptures from './http/captures.json' with { type: 'json' };
import mqttCaptures from './mqtt/captures.json' with { type: 'json' };

const host = '127.0.0.1';
const installed = (t: TestContext, command: string, debian: DebianPackage): Promise<string | undefined> =>
  needs(t, async () => {
    await ensureDebian([debian]);
    return findCommand(command);
  });

test('captures: mosquitto_pub still sends what was captured of it, byte by byte [TST-42]', async (t) => {
  const command = await installed(t, 'mosquitto_pub', 'mosquitto-clients');
  if (command === undefined) return;
  const world = { clock: systemClock, random: systemRandom, log: silentLog };
  const one = broker({ listeners: [{ transport: 'tcp', host, port: 0 }] }, world);
  await one.start(new AbortController().signal);
  t.after(() => one.stop());
  await using line = await recorder(one.listening[0]!.port);
  // Those that are told everything by their arguments.
  const again = mqttCaptures.filter(({ did }) => did.startsWith('mosquitto_pub') && !did.includes(' -l'));
  for (const { did, bytes } of again) {
    const [, ...args] = did.split(' ');
    assert.equal(await line.sentBy(command, ['-h', host, '-p', `${line.port}`, ...args]), bytes, did);
  }
  assert.ok(again.length >= 10);
});

test('captures: curl still sends what was captured of it, but for its version [TST-42]', async (t) => {
  const command = await installed(t, 'curl', 'curl');
  if (command === undefined) return;
  const server = createHttpServer((request, response) => request.resume().on('end', () => response.end('{}')));
  await once(server.listen(0, host), 'listening');
  t.after(() => server.closeAllConnections());
  t.after(() => server.close());
  await using line = await recorder((server.address() as AddressInfo).port);
  const plain = (hex: string): string =>
    Buffer.from(hex, 'hex')
      .toString('latin1')
      .replace(/curl\/[\d.]+/g, 'curl');
  const again = httpCaptures.filter(({ did }) => !did.includes('@') && !did.includes('event-stream'));
  for (const { did, bytes } of again) {
    const args = ['-sS', '-m', '10', '--connect-to', `::${host}:${line.port}`, ...curlArguments(did)];
    assert.equal(plain(await line.sentBy(command, args)), plain(bytes), did);
  }
  assert.ok(again.length >= 10);
});

test('captures: coap-client still asks as was captured of it, but for tokens and ids [TST-42]', async (t) => {
  const command = await installed(t, 'coap-client-notls', 'libcoap3-bin');
  if (command === undefined) return;
  const socket = createSocket('udp4').bind(0, host);
  await once(socket, 'listening');
  t.after(() => socket.close());
  const { port } = socket.address();
  const behindToken = (datagram: Buffer): string => datagram.toString('hex', 4 + (datagram[0]! & 15));
  const again = coapCaptures.filter(({ did, datagrams }) => datagrams?.length === 1 && !did.includes("'"));
  for (const { did, datagrams } of again) {
    const args = did.split(' ').slice(1);
    const url = args.pop()!.replace(host, `${host}:${port}`);
    const client = spawn(command, [...args, url]);
    const [datagram] = (await once(socket, 'message')) as [Buffer];
    client.kill('SIGKILL');
    await once(client, 'close');
    // A port that is not the default one is an option of its own.
    const stored = Buffer.from(datagrams![0]!.replace(capturedPort, port.toString(16).padStart(4, '0')), 'hex');
    assert.deepEqual([datagram[1], behindToken(datagram)], [stored[1], behindToken(stored)], did);
  }
  assert.ok(again.length >= 5);
});

/** Of the server to which the captured requests went, in hexadecimal. */
const capturedPort = 'b2ed';

/** Stands before a server and writes down what a client says. */
async function recorder(to: number) {
  let said: Buffer[] = [];
  const server = createServer((client) => {
    const there = connect(to, host);
    client.on('data', (chunk) => void said.push(Buffer.from(chunk)));
    client.pipe(there).pipe(client);
    client.on('error', () => there.destroy());
    there.on('error', () => client.destroy());
  });
  await once(server.listen(0, host), 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    async sentBy(command: string, args: readonly string[]): Promise<string> {
      said = [];
      await watch(spawn(command, [...args])).ended;
      return Buffer.concat(said).toString('hex');
    },
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
}

/** The words of a note in `captures.json`, where nothing is quoted and JSON has single quotes. */
function curlArguments(did: string): readonly string[] {
  const args: string[] = [];
  for (const word of did.split(' ').slice(1)) {
    const isNew =
      word.startsWith('-') ||
      args.length === 0 ||
      word.startsWith('-') ||
      args.at(-1)!.startsWith('-') ||
      (word.startsWith('http') && !args.at(-1)!.endsWith(':'));
    if (isNew) args.push(word.replaceAll("'", '"'));
    else args[args.length - 1] += ` ${word}`;
  }
  return args;
}
