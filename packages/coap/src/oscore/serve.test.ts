import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineMetrics, seededEntropy } from '@selvedge/kernel';
import { memoryReplayStore } from '../adapters/memory/oscore-state.ts';
import { methods, responses } from '../codes.ts';
import type { Message } from '../message.ts';
import { oscoreContext } from './context.ts';
import { oscoreMetrics } from './metrics.ts';
import { encodeOptionValue } from './option-value.ts';
import {
  arrive,
  clientOptions,
  content,
  get,
  leave,
  option,
  peer,
  refusalOf,
  serverOptions,
  side,
} from './oscore.fixture.ts';
import { oscore } from './oscore.ts';

const both = async () => ({ client: await side(clientOptions), server: await side(serverOptions) });
const optionOf = (message: Message, number: number): string | undefined =>
  message.options.find((one) => one.number === number)?.value.toString('hex');

test('oscore server: a request is taken as it was meant, with who made it [COA-206, COA-217]', async () => {
  const { client, server } = await both();
  const request = get('sensors', option(3, 'host'), option(23, '\x06'), option(258, '\x1a'));
  const { message } = await leave(client.security, request);
  assert.equal(message.code, methods.POST);
  assert.deepEqual(
    message.options.map(({ number }) => number),
    [3, 9],
  );
  const arrived = await arrive(server.security, message);
  assert.deepEqual(arrived.message, request);
  assert.equal(arrived.identity, 'oscore:01');
  assert.equal(server.metrics.requests.value('accepted'), 1);
});

test('oscore server: what has no OSCORE option is left to others [COA-218]', async () => {
  const { server } = await both();
  assert.deepEqual(await server.security.unprotectRequest(get('plain'), peer), { kind: 'plain' });
});

test('oscore server: what cannot be decoded is answered 4.02, unprotected and not to be cached [COA-250]', async () => {
  const { client, server } = await both();
  const { message } = await leave(client.security, get('a'));
  const withValue = (hex: string): Message => ({ ...message, options: [option(9, Buffer.from(hex, 'hex'))] });
  const wrong = ['', '00', '090001', '0101', '08', '0801', '0e010203040506', '8901', '1901'].map(withValue);
  const bare = { ...message, payload: Buffer.alloc(0) };
  const twice = { ...message, options: [...message.options, ...message.options] };
  for (const one of [...wrong.filter((_, index) => index !== 2), bare, twice])
    assert.equal(await refusalOf(server.security, one), '4.02 Failed to decode COSE [14=]');
  assert.equal(server.metrics.requests.value('undecodable'), wrong.length + 1);
});

test('oscore server: a kid or kid context that nobody knows is answered 4.01 [COA-251]', async () => {
  const { client, server } = await both();
  const { message } = await leave(client.security, get('a'));
  const partialIv = Buffer.of(0);
  for (const header of [
    { partialIv, kidContext: undefined, kid: Buffer.of(7) },
    { partialIv, kidContext: Buffer.alloc(0), kid: Buffer.of(1) },
    { partialIv, kidContext: Buffer.of(1), kid: Buffer.of(1) },
  ]) {
    const changed = { ...message, options: [option(9, encodeOptionValue(header))] };
    assert.equal(await refusalOf(server.security, changed), '4.01 Security context not found [14=]');
  }
});

test('oscore server: a request that comes again is answered 4.01, one that comes late is taken [COA-230, COA-252]', async () => {
  const { client, server } = await both();
  const sent: Message[] = [];
  for (let count = 0; count < 40; count++) sent.push((await leave(client.security, get(`${count}`))).message);
  for (const message of [...sent.slice(8), ...sent.slice(8)].reverse().slice(0, 32))
    await arrive(server.security, message);
  for (const message of sent) assert.equal(await refusalOf(server.security, message), '4.01 Replay detected [14=]');
  assert.equal(server.metrics.requests.value('replayed'), 40);
});

test('oscore server: what was changed is answered 4.00, and does not keep the true one out [COA-253]', async () => {
  const { client, server } = await both();
  const { message } = await leave(client.security, get('a'));
  const changed = { ...message, payload: Buffer.from(message.payload.map((byte) => byte ^ 1)) };
  for (const one of [changed, { ...message, payload: Buffer.of(1) }])
    assert.equal(await refusalOf(server.security, one), '4.00 Decryption failed [14=]');
  await arrive(server.security, message);
});

test('oscore server: what nobody protects leaves at a bounded rate, then nothing does [COA-254]', async () => {
  const server = await side(serverOptions, { refusalsPerSecond: 5 });
  const stranger = { ...get('a', option(9, Buffer.from('090001', 'hex'))), payload: Buffer.alloc(20) };
  stranger.options.find(({ number }) => number === 9)!.value[2] = 9;
  const kinds = async (): Promise<number> => {
    let refused = 0;
    for (let count = 0; count < 50; count++)
      if ((await server.security.unprotectRequest(stranger, peer)).kind === 'refused') refused += 1;
    return refused;
  };
  assert.equal(await kinds(), 5);
  server.clock.now += 400;
  assert.equal(await kinds(), 2);
  assert.equal(server.metrics.silences.value('error'), 93);
});

test('oscore server: a response has the nonce of its request, once, and a number of its own after that [COA-255]', async () => {
  const { client, server } = await both();
  const left = await leave(client.security, get('a'));
  const arrived = await arrive(server.security, left.message);
  const first = await arrived.protect(content('1', option(14, '\x05')), { notification: false });
  assert.deepEqual([first.code, optionOf(first, 9), optionOf(first, 14)], [responses.changed, '', undefined]);
  const again = await arrived.protect(content('2'), { notification: false });
  assert.deepEqual([again.code, optionOf(again, 9)], [responses.changed, '0100']);
  const taken = await left.unprotect(first);
  assert.ok(taken.ok);
  assert.deepEqual(taken.message, content('1', option(14, '\x05')));
});

test('oscore server: every response to an observation has a number of its own, and looks like one [COA-256]', async () => {
  const { client, server } = await both();
  const left = await leave(client.security, get('a', option(6)));
  assert.deepEqual([left.message.code, optionOf(left.message, 6)], [methods.FETCH, '']);
  const arrived = await arrive(server.security, left.message);
  const numbers: (string | undefined)[] = [];
  for (let count = 0; count < 3; count++) {
    const notification = await arrived.protect(content(`${count}`, option(6, `${count}`)), { notification: count > 0 });
    assert.deepEqual([notification.code, optionOf(notification, 6)], [responses.content, `3${count}`]);
    numbers.push(optionOf(notification, 9));
  }
  const error = await arrived.protect({ ...content(''), code: responses.notFound }, { notification: true });
  assert.deepEqual([...numbers, optionOf(error, 9)], ['0100', '0101', '0102', '0103']);
  assert.deepEqual([error.code, optionOf(error, 6)], [responses.changed, undefined]);
});

test('oscore server: contexts with the same recipient id are tried in turn, a kid context names one [COA-257]', async () => {
  const contexts = [0, 1, 2, 3].map((one) => ({
    client: { ...clientOptions, masterSecret: Buffer.alloc(16, one), idContext: Buffer.of(one) },
    server: {
      ...serverOptions,
      masterSecret: Buffer.alloc(16, one),
      idContext: Buffer.of(one),
      identity: `peer ${one}`,
    },
  }));
  const metrics = defineMetrics(oscoreMetrics);
  const clock = (await side(serverOptions)).clock;
  const server = oscore({}, { store: memoryReplayStore(), clock, metrics, entropy: seededEntropy(1) });
  for (const { server: options } of contexts) await server.add(oscoreContext(options));
  for (const announceIdContext of [true, false]) {
    for (const [index, { client: options }] of contexts.entries()) {
      const client = await side({ ...options, announceIdContext });
      const { message } = await leave(client.security, get('a'));
      assert.equal(optionOf(message, 9), announceIdContext ? `1900010${index}01` : '090001');
      if (announceIdContext) assert.equal((await arrive(server, message)).identity, `peer ${index}`);
      else assert.match(await refusalOf(server, message), /Replay detected/);
      const { message: next } = await leave(client.security, get('b'));
      if (!announceIdContext)
        assert.equal(
          (await arrive(server, (await leave(client.security, get('c'))).message)).identity,
          `peer ${index}`,
        );
      else assert.equal((await arrive(server, next)).identity, `peer ${index}`);
    }
  }
});

test('oscore server: a response that cannot be protected is replaced by an error, never sent as it is [COA-258]', async () => {
  const client = await side(clientOptions);
  const memory = memoryReplayStore();
  const disk = { breaks: (): void => undefined };
  const save: typeof memory.save = (name, state) => {
    disk.breaks();
    return memory.save(name, state);
  };
  const server = await side(serverOptions, { stride: 2 }, { ...memory, save });
  const left = await leave(client.security, get('a', option(6)));
  const arrived = await arrive(server.security, left.message);
  disk.breaks = () => {
    throw new Error('told to');
  };
  const sent: Message[] = [];
  for (let count = 0; count < 4; count++) sent.push(await arrived.protect(content('secret'), { notification: true }));
  assert.deepEqual(
    sent.map(({ code }) => code),
    [responses.changed, responses.changed, responses.serviceUnavailable, responses.serviceUnavailable],
  );
  for (const { payload } of sent) assert.equal(payload.includes('secret'), false);
  const long = await leave(client.security, get('b'));
  const tooLong = { ...content(''), payload: Buffer.alloc(70_000) };
  const answer = await (await arrive(server.security, long.message)).protect(tooLong, { notification: false });
  assert.deepEqual([answer.code, answer.payload.length], [responses.serviceUnavailable, 0]);
});
