import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isResponse, methods, responses } from '../codes.ts';
import type { Message, Option } from '../message.ts';
import type { AeadName } from './aead.ts';
import { type OscoreContext, oscoreContext } from './context.ts';
import { decodeOptionValue } from './option-value.ts';
import { sealRequest, sealResponse, unsealRequest, unsealResponse } from './seal-message.ts';

const algorithm = fc.constantFrom<AeadName>(
  'AES-CCM-16-64-128',
  'AES-CCM-16-128-128',
  'AES-128-GCM',
  'ChaCha20-Poly1305',
);
const bytes = (max: number, min = 0) =>
  fc.uint8Array({ minLength: min, maxLength: max }).map((value) => Buffer.from(value));
const pairOf = fc
  .record({
    algorithm,
    masterSecret: bytes(40, 16),
    masterSalt: bytes(10),
    ids: fc.uniqueArray(bytes(6), { minLength: 2, maxLength: 2, selector: (id) => id.toString('hex') }),
    idContext: fc.option(bytes(20), { nil: undefined }),
  })
  .map(({ ids, idContext, ...shared }) => {
    const [one, other] = ids as [Buffer, Buffer];
    const both = { ...shared, ...(idContext ? { idContext } : {}) };
    return {
      client: oscoreContext({ ...both, senderId: one, recipientId: other }),
      server: oscoreContext({ ...both, senderId: other, recipientId: one }),
    };
  });
/** Not OSCORE itself, nor what is changed on purpose: Observe and Proxy-Uri. */
const number = fc.integer({ min: 1, max: 3_000 }).filter((one) => ![6, 9, 35].includes(one));
const options = fc
  .array(fc.record({ number, value: bytes(20) }, { noNullPrototype: true }), { maxLength: 8 })
  .map((list): readonly Option[] => list.sort((one, other) => one.number - other.number));
const messageOf = (code: fc.Arbitrary<number>): fc.Arbitrary<Message> =>
  fc.record({ code, token: bytes(8), options, payload: bytes(300) }, { noNullPrototype: true });
const request = messageOf(fc.integer({ min: 1, max: 31 }));
const response = messageOf(fc.integer({ min: 64, max: 191 }).filter(isResponse));
const sequence = fc.integer({ min: 0, max: 2 ** 40 - 1 });

const headerOf = ({ options }: Message) => {
  const value = decodeOptionValue(options.find(({ number }) => number === 9)!.value);
  assert.ok(value.ok);
  return value.value;
};
const open = (server: OscoreContext, message: Message) => {
  const { kid, partialIv } = headerOf(message);
  return unsealRequest(server, message, kid!, partialIv!);
};

test('oscore messages: whatever is sealed is unsealed the same, with every algorithm [COA-206, COA-207, COA-208]', () => {
  fc.assert(
    fc.property(pairOf, request, response, sequence, sequence, fc.boolean(), (pair, asked, answered, one, two, own) => {
      const { client, server } = pair;
      const sealed = sealRequest(client, asked, one);
      assert.equal(sealed.message.code, methods.POST);
      const taken = open(server, sealed.message);
      assert.ok(taken.kind === 'request');
      assert.deepEqual(taken.message, asked);
      const back = sealResponse(server, taken.binding, answered, own ? two : undefined);
      assert.equal(back.code, responses.changed);
      const read = unsealResponse(client, sealed.binding, back, headerOf(back));
      assert.ok(read.ok);
      assert.deepEqual(read.value, answered);
    }),
    { seed: 21, numRuns: 300 },
  );
});

const flipped = (buffer: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(buffer);
  copy[bit >> 3]! ^= 1 << (bit & 7);
  return copy;
};

test('oscore messages: one bit of the ciphertext, the partial IV or the kid is enough to be refused [COA-209]', () => {
  fc.assert(
    fc.property(pairOf, request, response, sequence, ({ client, server }, asked, answered, number) => {
      const sealed = sealRequest(client, asked, number);
      const { kid, partialIv } = headerOf(sealed.message);
      const { payload } = sealed.message;
      for (let bit = 0; bit < payload.length * 8; bit++) {
        const changed = { ...sealed.message, payload: flipped(payload, bit) };
        assert.equal(unsealRequest(server, changed, kid!, partialIv!).kind, 'undecryptable', `bit ${bit}`);
      }
      for (let bit = 0; bit < partialIv!.length * 8; bit++)
        assert.equal(unsealRequest(server, sealed.message, kid!, flipped(partialIv!, bit)).kind, 'undecryptable');
      for (let bit = 0; bit < kid!.length * 8; bit++)
        assert.equal(unsealRequest(server, sealed.message, flipped(kid!, bit), partialIv!).kind, 'undecryptable');
      const back = sealResponse(server, server.bind(kid!, partialIv!), answered);
      for (let bit = 0; bit < back.payload.length * 8; bit += 3) {
        const changed = { ...back, payload: flipped(back.payload, bit) };
        assert.equal(unsealResponse(client, sealed.binding, changed, headerOf(back)).ok, false, `bit ${bit}`);
      }
    }),
    { seed: 22, numRuns: 10 },
  );
});

test('oscore messages: a response to another request, or of another context, is refused [COA-209]', () => {
  fc.assert(
    fc.property(pairOf, pairOf, request, response, sequence, (pair, strangers, asked, answered, number) => {
      const { client, server } = pair;
      const other = (number + 1) % 2 ** 40;
      const sealed = sealRequest(client, asked, number);
      const { kid, partialIv } = headerOf(sealRequest(client, asked, other).message);
      for (const own of [undefined, 5]) {
        const late = sealResponse(server, server.bind(kid!, partialIv!), answered, own);
        assert.equal(unsealResponse(client, sealed.binding, late, headerOf(late)).ok, false);
      }
      assert.equal(open(strangers.server, sealed.message).kind, 'undecryptable');
    }),
    { seed: 23 },
  );
});

const someone = { masterSecret: Buffer.alloc(16, 7), senderId: Buffer.of(1), recipientId: Buffer.of(2) };
const payload = (size: number): Message => ({
  code: 2,
  token: Buffer.alloc(0),
  options: [],
  payload: Buffer.alloc(size),
});

test('oscore messages: what CCM has no length for is refused, and the others take it [COA-208]', () => {
  const ccm = oscoreContext(someone);
  assert.equal(sealRequest(ccm, payload(65_533), 1).message.payload.length, 65_535 + 8);
  assert.throws(() => sealRequest(ccm, payload(65_534), 2), { code: 'COAP_OSCORE_MESSAGE_INVALID' });
  const gcm = oscoreContext({ ...someone, algorithm: 'AES-128-GCM' });
  assert.equal(sealRequest(gcm, payload(100_000), 1).message.payload.length, 100_002 + 16);
});

test('oscore messages: a plaintext of the peer that is no message, or protected once more, is malformed [COA-213]', () => {
  const [client, server] = [
    oscoreContext(someone),
    oscoreContext({ ...someone, senderId: Buffer.of(2), recipientId: Buffer.of(1) }),
  ];
  const binding = client.bind(client.senderId, Buffer.of(5));
  for (const plaintext of ['45', '00', '01ff', '01d0', '019105', '019109ff01']) {
    const sealed = client.seal(binding.nonce, binding.aad, Buffer.from(plaintext, 'hex'));
    const taken = unsealRequest(server, { ...payload(0), payload: sealed }, Buffer.of(1), Buffer.of(5));
    assert.equal(taken.kind, 'malformed', plaintext);
  }
});
