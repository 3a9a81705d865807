import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seeded } from '@selvedge/kernel';
import coapCaptures from '../coap/captures.json' with { type: 'json' };
import { dissectDatagram, dissectStream } from '../coap/dissect.ts';
import httpCaptures from '../http/captures.json' with { type: 'json' };
import { dissect as dissectHttp } from '../http/dissect.ts';
import mqttCaptures from '../mqtt/captures.json' with { type: 'json' };
import { dissect as dissectMqtt } from '../mqtt/dissect.ts';
import { packet, text } from '../mqtt/grammar.ts';
import { splitPackets } from '../mqtt/split.ts';
import { mutatePiece } from './mutate-piece.ts';
import { number, type Piece, write } from './piece.ts';

const writeAll = (pieces: readonly Piece[]): string => Buffer.concat(pieces.map(write)).toString('hex');

test('pieces: what other clients have sent is taken apart, and written again byte by byte [TST-42]', () => {
  for (const { did, bytes } of mqttCaptures)
    assert.equal(writeAll(dissectMqtt(Buffer.from(bytes, 'hex')).packets), bytes, did);
  for (const { did, bytes, datagrams } of coapCaptures) {
    if (bytes !== undefined) assert.equal(writeAll(dissectStream(Buffer.from(bytes, 'hex'))), bytes, did);
    for (const hex of datagrams ?? []) assert.equal(writeAll([dissectDatagram(Buffer.from(hex, 'hex'))]), hex, did);
  }
});

test('pieces: captured HTTP requests are taken apart, their length then last in the head [TST-42]', () => {
  for (const { did, bytes } of httpCaptures) {
    const sent = Buffer.from(bytes, 'hex').toString('latin1');
    const written = Buffer.from(writeAll(dissectHttp(Buffer.from(bytes, 'hex'))), 'hex').toString('latin1');
    const sorted = (requests: string): string[] => requests.split('\r\n').sort();
    assert.deepEqual(sorted(written), sorted(sent), did);
  }
});

test('pieces: a group tells its length, and a lie about it is a lie about nothing else [TST-42]', () => {
  const whole = packet(0x30, [text('a/b'), number(2, 7)]);
  assert.equal(write(whole).toString('hex'), '30070003612f620007');
  assert.equal(write({ ...whole, lie: 200 }).toString('hex'), '30cf010003612f620007');
  assert.deepEqual(
    splitPackets(Buffer.concat([write(whole), write(whole), Buffer.of(0xc0)])).map(({ length }) => length),
    [9, 9, 1],
  );
});

test('pieces: one seed makes the same changes, and each changes something sometimes [TST-40]', () => {
  const whole = packet(0x30, [text('a/b'), number(2, 7)]);
  const material = { donors: [text('donor')], words: [Buffer.from('word')] };
  const changes = (seed: number): string[] => {
    const random = seeded(seed);
    return Array.from({ length: 200 }, () => write(mutatePiece(whole, random, material)).toString('hex'));
  };
  assert.deepEqual(changes(1), changes(1));
  assert.ok(new Set(changes(1)).size > 60, `${new Set(changes(1)).size} different ones`);
});
