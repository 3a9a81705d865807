import assert from 'node:assert/strict';
import { test } from 'node:test';
import { responses } from '../codes.ts';
import type { Message } from '../message.ts';
import type { ProtectedRequest } from '../ports.ts';
import { arrive, clientOptions, content, get, leave, option, peer, serverOptions, side } from './oscore.fixture.ts';
import { sealResponse } from './seal-message.ts';

const both = async () => ({ client: await side(clientOptions), server: await side(serverOptions) });
const textOf = async (request: ProtectedRequest, response: Message): Promise<string> => {
  const taken = await request.unprotect(response);
  return taken.ok ? taken.message.payload.toString() : taken.why;
};

test('oscore client: one response is taken, whichever comes first, and it says who made it [COA-260]', async () => {
  const { client, server } = await both();
  const left = await leave(client.security, get('a'));
  const arrived = await arrive(server.security, left.message);
  const [one, two] = [1, 2].map((count) => arrived.protect(content(`${count}`), { notification: false }));
  const taken = await left.unprotect(await two!);
  assert.deepEqual([taken.ok && taken.identity, taken.ok && `${taken.message.payload}`], ['oscore:02', '2']);
  assert.equal(await textOf(left, await one!), 'it was answered already');
  assert.equal(await textOf(left, await two!), 'it was answered already');
});

test('oscore client: what is not protected, or by another context, or for another request, is not believed [COA-261]', async () => {
  const { client, server } = await both();
  const [left, other] = [await leave(client.security, get('a')), await leave(client.security, get('b'))];
  const arrived = await arrive(server.security, left.message);
  const good = await arrived.protect(content('good'), { notification: false });
  const withOptions = (...options: Message['options']): Message => ({ ...good, options });
  const plain = { ...content('Security context not found'), code: responses.unauthorized };
  assert.equal(await textOf(left, plain), '4.01 came without protection');
  assert.equal(await textOf(other, good), 'it cannot be decrypted');
  assert.equal(await textOf(left, withOptions(option(9), option(9))), '2.04 came without protection');
  assert.equal(await textOf(left, withOptions(option(9, Buffer.of(0x80)))), 'a reserved flag is set');
  assert.equal(await textOf(left, withOptions(option(9, Buffer.of(8, 7)))), 'it has the kid of another one');
  assert.equal(await textOf(left, { ...good, payload: Buffer.alloc(0) }), 'it cannot be decrypted');
  assert.equal(await textOf(left, withOptions(...good.options, option(12, 'outer'))), 'good');
  assert.equal(client.metrics.responses.value('refused'), 6);
});

test('oscore client: a notification is taken once, and never after a newer one [COA-262]', async () => {
  const { client, server } = await both();
  const left = await leave(client.security, get('a', option(6)));
  const arrived = await arrive(server.security, left.message);
  const sent: Message[] = [];
  for (let count = 0; count < 5; count++)
    sent.push(await arrived.protect(content(`${count}`, option(6, 'x')), { notification: count > 0 }));
  const seen: string[] = [];
  for (const index of [1, 1, 0, 3, 2, 3, 4]) seen.push(await textOf(left, sent[index]!));
  const old = 'it is not the newest';
  assert.deepEqual(seen, ['1', old, old, '3', old, old, '4']);
});

test('oscore client: the order of notifications is what we saw of their numbers, not the Observe from outside [COA-263]', async () => {
  const { client, server } = await both();
  let observed: ProtectedRequest | undefined;
  const orders: number[] = [];
  for (let registration = 0; registration < 2; registration++) {
    const left: ProtectedRequest = await leave(client.security, get('a', option(6)), observed);
    const arrived = await arrive(server.security, left.message);
    for (let count = 0; count < 2; count++) {
      const sent = await arrived.protect(content('x', option(6, '\x7f\xff')), { notification: count > 0 });
      const taken = await left.unprotect(sent);
      assert.ok(taken.ok);
      orders.push(taken.message.options.find(({ number }) => number === 6)!.value.readUIntBE(0, 3));
    }
    observed = left;
  }
  assert.deepEqual(orders, [1, 2, 3, 4]);
});

test('oscore client: of notifications without a number the first one is taken, as the oldest [COA-262]', async () => {
  const { client, server } = await both();
  const left = await leave(client.security, get('a', option(6)));
  const binding = server.context.bind(Buffer.of(1), Buffer.of(0));
  const bare = (text: string): Message => sealResponse(server.context, binding, content(text, option(6)));
  const numbered = sealResponse(server.context, binding, content('numbered', option(6)), 9);
  assert.equal(await textOf(left, bare('first')), 'first');
  assert.equal(await textOf(left, bare('second')), 'it is not the newest');
  assert.equal(await textOf(left, numbered), 'numbered');
  assert.equal(await textOf(left, bare('third')), 'it is not the newest');
});

test('oscore client: the last answer of an observation is taken once; a notification nobody asked for is not [COA-264]', async () => {
  const { client, server } = await both();
  const left = await leave(client.security, get('a', option(6)));
  const arrived = await arrive(server.security, left.message);
  const end = await arrived.protect({ ...content('gone'), code: responses.notFound }, { notification: true });
  const late = await arrived.protect(content('late', option(6)), { notification: true });
  assert.equal(await textOf(left, end), 'gone');
  assert.equal(await textOf(left, late), 'it was answered already');

  const single = await leave(client.security, get('b'));
  const binding = server.context.bind(Buffer.of(1), Buffer.of(1));
  const unasked = sealResponse(server.context, binding, content('x', option(6)), 50);
  assert.equal(await textOf(single, unasked), 'it is a notification, and nothing is observed');
});

test('oscore client: a registration that was renewed is over once the renewal is answered, and not before [COA-264]', async () => {
  const { client, server } = await both();
  const left = await leave(client.security, get('a', option(6)));
  const arrived = await arrive(server.security, left.message);
  const late: Message[] = [];
  for (let count = 0; count < 2; count++)
    late.push(await arrived.protect(content(`late ${count}`, option(6)), { notification: true }));
  const renewal = await leave(client.security, get('a', option(6)), left);
  assert.equal(await textOf(renewal, late[0]!), 'it cannot be decrypted');
  assert.equal(await textOf(left, late[0]!), 'late 0');
  const again = await arrive(server.security, renewal.message);
  assert.equal(await textOf(renewal, await again.protect(content('new', option(6)), { notification: false })), 'new');
  assert.equal(await textOf(left, late[1]!), 'the observation was renewed, and the renewal answered');
});

test('oscore client: a request leaves as it is where no context is chosen [COA-218]', async () => {
  const client = await side(clientOptions, { choose: () => undefined });
  assert.equal(await client.security.protectRequest(get('a'), peer, undefined), undefined);
});
