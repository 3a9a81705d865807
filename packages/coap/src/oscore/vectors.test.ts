/** The test vectors of RFC 8613 appendix C, to the byte. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../message.ts';
import { bodySize, decodeBody, encodeBody } from '../wire/option-list.ts';
import { aeads } from './aead.ts';
import { type OscoreContext, oscoreContext } from './context.ts';
import { additionalData, nonceOf } from './cose.ts';
import { derivationInfo, deriveCommonIv, deriveKey, type KeyMaterial } from './keys.ts';
import { decodeOptionValue } from './option-value.ts';
import { sealRequest, sealResponse, unsealRequest, unsealResponse } from './seal-message.ts';

const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
const masterSecret = bytes('0102030405060708090a0b0c0d0e0f10');
const aead = aeads['AES-CCM-16-64-128'];

/** One pair of contexts, as client and server see it. */
interface Pair {
  readonly name: string;
  readonly salt: string;
  readonly clientId: string;
  readonly serverId: string;
  readonly idContext?: string;
  /** `info` for client key, server key and common IV, then these. */
  readonly info: readonly [string, string, string];
  readonly keys: readonly [string, string, string];
  /** Nonces of partial IV 0: the client's, the server's. */
  readonly nonces: readonly [string, string];
}

const pairs: readonly Pair[] = [
  {
    name: 'C.1',
    salt: '9e7ca92223786340',
    clientId: '',
    serverId: '01',
    info: ['8540f60a634b657910', '854101f60a634b657910', '8540f60a6249560d'],
    keys: ['f0910ed7295e6ad4b54fc793154302ff', 'ffb14e093c94c9cac9471648b4f98710', '4622d4dd6d944168eefb54987c'],
    nonces: ['4622d4dd6d944168eefb54987c', '4722d4dd6d944169eefb54987c'],
  },
  {
    name: 'C.2',
    salt: '',
    clientId: '00',
    serverId: '01',
    info: ['854100f60a634b657910', '854101f60a634b657910', '8540f60a6249560d'],
    keys: ['321b26943253c7ffb6003b0b64d74041', 'e57b5635815177cd679ab4bcec9d7dda', 'be35ae297d2dace910c52e99f9'],
    nonces: ['bf35ae297d2dace910c52e99f9', 'bf35ae297d2dace810c52e99f9'],
  },
  {
    name: 'C.3',
    salt: '9e7ca92223786340',
    clientId: '',
    serverId: '01',
    idContext: '37cbf3210017a2d3',
    info: [
      '85404837cbf3210017a2d30a634b657910',
      '8541014837cbf3210017a2d30a634b657910',
      '85404837cbf3210017a2d30a6249560d',
    ],
    keys: ['af2a1300a5e95788b356336eeecd2b92', 'e39a0c7c77b43f03b4b39ab9a268699f', '2ca58fb85ff1b81c0b7181b85e'],
    nonces: ['2ca58fb85ff1b81c0b7181b85e', '2da58fb85ff1b81d0b7181b85e'],
  },
];

for (const { name, salt, clientId, serverId, idContext, info, keys, nonces } of pairs) {
  test(`oscore vectors: ${name} gives keys, common IV and nonces for client and server [COA-201, COA-202]`, () => {
    const material: KeyMaterial = {
      masterSecret,
      masterSalt: bytes(salt),
      idContext: idContext === undefined ? undefined : bytes(idContext),
      aead,
    };
    const [client, server] = [bytes(clientId), bytes(serverId)];
    const none = Buffer.alloc(0);
    const infos = [
      derivationInfo(material, client, 'Key', 16),
      derivationInfo(material, server, 'Key', 16),
      derivationInfo(material, none, 'IV', 13),
    ];
    assert.deepEqual(infos.map(hex), info);
    const commonIv = deriveCommonIv(material);
    assert.deepEqual([deriveKey(material, client), deriveKey(material, server), commonIv].map(hex), keys);
    const zero = Buffer.of(0);
    assert.deepEqual([nonceOf(commonIv, client, zero), nonceOf(commonIv, server, zero)].map(hex), nonces);
  });
}

const hex = (buffer: Buffer): string => buffer.toString('hex');

function contextsOf({ salt, clientId, serverId, idContext }: Pair): { client: OscoreContext; server: OscoreContext } {
  const shared = {
    masterSecret,
    masterSalt: bytes(salt),
    ...(idContext === undefined ? {} : { idContext: bytes(idContext) }),
  };
  return {
    client: oscoreContext({ ...shared, senderId: bytes(clientId), recipientId: bytes(serverId) }),
    server: oscoreContext({ ...shared, senderId: bytes(serverId), recipientId: bytes(clientId) }),
  };
}

/** A datagram in hexadecimal as message, and back with the same type and message id. */
function parse(datagram: string): { message: Message; write: (message: Message) => string } {
  const all = bytes(datagram);
  const end = 4 + (all[0]! & 15);
  const body = decodeBody(all, end);
  assert.ok(body.ok);
  const message = { code: all[1]!, token: all.subarray(4, end), ...body.value };
  const write = ({ code, token, options, payload }: Message): string => {
    const written = Buffer.alloc(bodySize(options, payload));
    encodeBody(options, payload, written, 0);
    return hex(Buffer.concat([all.subarray(0, 1), Buffer.of(code), all.subarray(2, 4), token, written]));
  };
  return { message, write };
}

const requests = [
  {
    name: 'C.4',
    pair: pairs[0]!,
    plain: '44015d1f00003974396c6f63616c686f737483747631',
    aad: '8368456e63727970743040488501810a40411440',
    nonce: '4622d4dd6d944168eefb549868',
    sealed: '44025d1f00003974396c6f63616c686f7374620914ff612f1092f1776f1c1668b3825e',
  },
  {
    name: 'C.5',
    pair: pairs[1]!,
    plain: '440171c30000b932396c6f63616c686f737483747631',
    aad: '8368456e63727970743040498501810a4100411440',
    nonce: 'bf35ae297d2dace910c52e99ed',
    sealed: '440271c30000b932396c6f63616c686f737463091400ff4ed339a5a379b0b8bc731fffb0',
  },
  {
    name: 'C.6',
    pair: pairs[2]!,
    plain: '44012f8eef9bbf7a396c6f63616c686f737483747631',
    aad: '8368456e63727970743040488501810a40411440',
    nonce: '2ca58fb85ff1b81c0b7181b84a',
    sealed: '44022f8eef9bbf7a396c6f63616c686f73746b19140837cbf3210017a2d3ff72cd7273fd331ac45cffbe55c3',
  },
];

for (const { name, pair, plain, aad, nonce, sealed } of requests) {
  test(`oscore vectors: ${name}, a request with sequence number 20, is sealed and unsealed [COA-203, COA-206]`, () => {
    const { client, server } = contextsOf(pair);
    const { message, write } = parse(plain);
    const request = sealRequest(client, message, 20);
    assert.deepEqual([hex(request.binding.aad), hex(request.binding.nonce)], [aad, nonce]);
    assert.equal(write(request.message), sealed);

    const arrived = parse(sealed).message;
    const kid = bytes(pair.clientId);
    const unsealed = unsealRequest(server, arrived, kid, bytes('14'));
    assert.ok(unsealed.kind === 'request');
    assert.equal(write(unsealed.message), plain);
    assert.deepEqual(unsealed.binding, request.binding);
  });
}

const responses = [
  {
    name: 'C.7',
    sequence: undefined,
    sealed: '64445d1f0000397490ffdbaad1e9a7e7b2a813d3c31524378303cdafae119106',
  },
  {
    name: 'C.8',
    sequence: 0,
    sealed: '64445d1f00003974920100ff4d4c13669384b67354b2b6175ff4b8658c666a6cf88e',
  },
];

for (const { name, sequence, sealed } of responses) {
  test(`oscore vectors: ${name}, a response ${sequence === undefined ? 'without' : 'with'} partial IV, is sealed and unsealed [COA-203, COA-207]`, () => {
    const { client, server } = contextsOf(pairs[0]!);
    const { message, write } = parse('64455d1f00003974ff48656c6c6f20576f726c6421');
    assert.equal(write(sealResponse(server, server.bind(bytes(''), bytes('14')), message, sequence)), sealed);

    const arrived = parse(sealed).message;
    const value = decodeOptionValue(arrived.options.find(({ number }) => number === 9)!.value);
    assert.ok(value.ok);
    const unsealed = unsealResponse(client, client.bind(bytes(''), bytes('14')), arrived, value.value);
    assert.ok(unsealed.ok);
    assert.equal(write(unsealed.value), '64455d1f00003974ff48656c6c6f20576f726c6421');
  });
}

test('oscore vectors: the additional data of the example in RFC 8613 §5.4 [COA-203]', () => {
  const aad = additionalData(aead, Buffer.of(0), Buffer.of(0x25));
  assert.equal(hex(aad), '8368456e63727970743040498501810a4100412540');
});
