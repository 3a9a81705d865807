import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Message } from '../message.ts';
import { clientOptions, get, leave, option, peer, serverOptions, side } from './oscore.fixture.ts';

test('oscore server: whatever stands in option and payload, it is answered or dropped, and nothing is taken [COA-250, COA-253]', async () => {
  const server = await side(serverOptions, { refusalsPerSecond: 1e9 });
  const plausible = fc
    .tuple(fc.constantFrom(9, 10, 0x19, 1), fc.uint8Array({ maxLength: 8 }))
    .map(([flags, rest]) => Buffer.from([flags, ...rest, 1]));
  const value = fc.oneof(
    plausible,
    fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(value, fc.uint8Array({ maxLength: 60 }), async (value, payload) => {
      const request = { ...get('a', option(9, value)), payload: Buffer.from(payload) };
      const arrived = await server.security.unprotectRequest(request, peer);
      assert.equal(arrived.kind, 'refused');
    }),
    { seed: 31, numRuns: 3_000 },
  );
});

test('oscore server: messages that come in any order, doubled and changed, are taken once each while within the window [COA-230, COA-253]', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 31 }), { maxLength: 80 }), fc.nat(), async (order, bit) => {
      const [client, server] = [await side(clientOptions), await side(serverOptions, { refusalsPerSecond: 1e9 })];
      const sent: Message[] = [];
      for (let count = 0; count < 32; count++) sent.push((await leave(client.security, get(`${count}`))).message);
      const taken: string[] = [];
      for (const index of order) {
        const message = sent[index]!;
        const payload = Buffer.from(message.payload);
        payload[(bit >> 3) % payload.length]! ^= 1 << (bit & 7);
        assert.equal((await server.security.unprotectRequest({ ...message, payload }, peer)).kind, 'refused');
        const arrived = await server.security.unprotectRequest(message, peer);
        if (arrived.kind === 'request') taken.push(`${arrived.message.options[0]!.value}`);
      }
      assert.deepEqual(taken, [...new Set(order)].map(String));
    }),
    { seed: 32, numRuns: 40 },
  );
});
