import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message, Option, Resource, Security } from '../src/index.ts';
import { codeName, methods, readOptions, registry, responses } from '../src/index.ts';
import { con, non, simulated } from './support/world.ts';

/** Where the toy keeps the true code and who sent it: an elective option that nobody else knows. */
const sealOption = 4_000;

/** Turns a message inside out, so that a test sees what was protected, how often, and in which order. */
function toy(me: string, told: string[]): Security {
  let serials = 0;
  const seal = (message: Message, serial: number): Message => ({
    code: message.code < 32 ? methods.POST : responses.changed,
    token: message.token,
    options: [
      ...message.options.filter(({ number }) => number === registry.observe.number),
      { number: sealOption, value: Buffer.from(JSON.stringify({ from: me, serial, message: pack(message) })) },
    ],
    payload: Buffer.from('sealed'),
  });
  const open = (message: Message): { from: string; serial: number; message: Message } | undefined => {
    const sealed = readOptions.first(message, sealOption);
    if (!sealed) return undefined;
    const { from, serial, message: packed } = JSON.parse(sealed.toString());
    return { from, serial, message: { ...unpack(packed), token: message.token } };
  };
  return {
    async unprotectRequest(request) {
      const opened = open(request);
      if (!opened) return { kind: 'plain' };
      if (opened.from === 'stranger')
        return { kind: 'refused', response: { ...request, code: responses.unauthorized, options: [] } };
      if (opened.from === 'replay') return { kind: 'ignored' };
      return {
        kind: 'request',
        message: opened.message,
        identity: opened.from,
        protect(response, { notification }) {
          told.push(`${notification ? 'notification' : 'response'} ${codeName(response.code)}`);
          return Promise.resolve(seal(response, opened.serial));
        },
      };
    },
    protectRequest(request, peer, observed) {
      if (me === 'nobody') return undefined;
      told.push(`request ${request.code} to ${peer.port}${observed ? ' again' : ''}`);
      const serial = ++serials;
      return {
        message: seal(request, serial),
        // As in OSCORE, a response belongs to one request, not to all with its token.
        unprotect(response) {
          const opened = open(response);
          return opened?.serial === serial
            ? { ok: true, message: opened.message, identity: opened.from }
            : { ok: false, why: 'not sealed' };
        },
      };
    },
  };
}

const pack = ({ code, options, payload }: Message) => ({
  code,
  options: options.map(({ number, value }) => [number, value.toString('hex')]),
  payload: payload.toString('hex'),
});
const unpack = ({ code, options, payload }: ReturnType<typeof pack>): Omit<Message, 'token'> => ({
  code,
  options: options.map(([number, value]) => ({ number, value: Buffer.from(value as string, 'hex') }) as Option),
  payload: Buffer.from(payload, 'hex'),
});

const who: Resource = {
  path: 'who',
  get: ({ peer }) => `${peer.identity} ${peer.secure}`,
  put: ({ payload }) => `${payload.length}`,
  observable: true,
};

async function secured(client: string) {
  const world = simulated();
  const told: string[] = [];
  const server = await world.endpoint({ resources: [who] }, { security: toy('server', told) });
  const one = await world.endpoint({}, { security: toy(client, told) });
  return { world, server, client: one, told };
}

test('security: the handler sees the plain request and who sent it, and the wire sees neither [COA-90]', async () => {
  const { world, server, client, told } = await secured('ann');
  const response = await world.until(client.request(server.url('who')));
  assert.equal(response.payload.toString(), 'ann true');
  assert.equal(response.peer.identity, 'server');
  assert.equal(response.peer.secure, true);
  assert.deepEqual(told, ['request 1 to 5683', 'response 2.05']);
  assert.ok(world.sent.every(({ bytes }) => !bytes.includes('ann true')));
});

test('security: bodies are cut before they are protected, and put together after [COA-90]', async () => {
  const { world, server, client, told } = await secured('ann');
  const put = await world.until(
    client.request(server.url('who'), { method: 'PUT', payload: 'x'.repeat(500), blockSize: 128 }),
  );
  assert.equal(put.payload.toString(), '500');
  assert.equal(told.filter((line) => line === 'response 2.31').length, 3);
});

test('security: notifications are told from the first response, and a renewal from a first request [COA-90]', async () => {
  const { world, server, client, told } = await secured('ann');
  const observation = await world.until(client.observe(server.url('who')));
  server.changed('who');
  await world.run(100);
  await observation.cancel();
  await world.run(100);
  assert.deepEqual(told, [
    'request 1 to 5683',
    'response 2.05',
    'notification 2.05',
    'request 1 to 5683 again',
    'response 2.05',
  ]);
});

test('security: what it does not protect goes as it is, what it refuses or ignores reaches no handler [COA-90]', async () => {
  const { world, server, client } = await secured('nobody');
  assert.equal((await world.until(client.request(server.url('who')))).payload.toString(), 'undefined false');
  const peer = await world.raw();
  const token = Buffer.of(1);
  const sealed = (from: string) => ({
    number: sealOption,
    value: Buffer.from(
      JSON.stringify({ from, message: pack({ code: 1, token, options: [], payload: Buffer.alloc(0) }) }),
    ),
  });
  peer.send(con(1, { code: methods.POST, token, options: [sealed('stranger')] }), server.at);
  peer.send(con(2, { code: methods.POST, token, options: [sealed('replay')] }), server.at);
  peer.send(non(3, { code: methods.POST, token, options: [sealed('replay')] }), server.at);
  await world.run(100);
  assert.deepEqual(
    peer.take().map(({ id, message }) => `${id} ${codeName(message.code)}`),
    ['1 4.01', '2 0.00'],
  );
});

test('security: a response that it does not accept is dropped, and the true one still comes [COA-90]', async () => {
  const { world, client } = await secured('ann');
  const peer = await world.raw();
  const asked = client.request({ transport: 'udp', ...peer.at });
  await world.run(10);
  const { message } = peer.take()[0]!;
  peer.send(con(1, { code: responses.content, token: message.token, payload: Buffer.from('forged') }), client.at);
  await world.run(10);
  const sealed = JSON.stringify({
    from: 'server',
    serial: 1,
    message: pack({ code: 0x45, token: message.token, options: [], payload: Buffer.from('true') }),
  });
  const options = [{ number: sealOption, value: Buffer.from(sealed) }];
  peer.send(con(2, { code: responses.changed, token: message.token, options }), client.at);
  assert.equal((await world.until(asked)).payload.toString(), 'true');
  assert.equal(client.metrics.malformed.value('protection'), 1);
});

test('security: while a renewal is under way, notifications of the registration before it are believed [COA-90]', async () => {
  const world = simulated();
  const told: string[] = [];
  let text = 'one';
  const state: Resource = { path: 'state', get: () => ({ payload: text, maxAge: 30 }), observable: true };
  const server = await world.endpoint({ resources: [state] }, { security: toy('server', told) });
  const client = await world.endpoint({}, { security: toy('ann', told) });
  const observation = await world.until(client.observe(server.url('state')));
  world.cut(true);
  while (!told.includes('request 1 to 5683 again')) await world.run(100);
  world.cut(false);
  text = 'two';
  server.changed('state');
  await world.run(100);
  assert.equal(observation.latest.payload.toString(), 'two');
  await world.run(10_000);
  text = 'three';
  server.changed('state');
  await world.run(100);
  assert.equal(observation.latest.payload.toString(), 'three');
  assert.equal(client.metrics.malformed.value('protection'), 0);
});
