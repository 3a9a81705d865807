import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { codeClass } from '../codes.ts';
import type { Message } from '../message.ts';
import { bodySize, decodeBody, encodeBody } from './option-list.ts';

export const con = 0;
export const non = 1;
export const ack = 2;
export const rst = 3;

export type MessageType = 0 | 1 | 2 | 3;

/** A message with what only UDP adds to it. */
export interface Datagram {
  readonly type: MessageType;
  /** 16 bits, of the sender's choice; an ACK or RST repeats it. */
  readonly id: number;
  readonly message: Message;
}

/** How far a datagram that is no message could be read: enough to reject it, or not even that. */
export interface Malformed {
  readonly type: MessageType;
  readonly id: number;
}

const versionOf = (head: number): number => head >> 6;

/**
 * A datagram (RFC 7252 §3). Big endian.
 *
 *   datagram = version:u2(=1) type:u2 tokenLength:u4 code:u8 id:u16 token*tokenLength body
 *
 * Token lengths 9 … 15 and the code classes 1, 6 and 7 are reserved; an empty message (code 0) ends with its id.
 */
export function decodeDatagram(bytes: Buffer): Decoded<Datagram> {
  const header = decodeHeader(bytes);
  if (!header) return undecodable(`${bytes.length} bytes are no message of version 1`);
  const tokenLength = bytes[0]! & 15;
  const code = bytes[1]!;
  if (tokenLength > 8) return undecodable(`token length ${tokenLength} is reserved`);
  if (code === 0 && bytes.length > headerSize) return undecodable('an empty message has something behind its id');
  if (reservedClass(code)) return undecodable(`code class ${codeClass(code)} is reserved`);
  if (headerSize + tokenLength > bytes.length) return undecodable('the token is cut off');
  const token = bytes.subarray(headerSize, headerSize + tokenLength);
  const body = decodeBody(bytes, headerSize + tokenLength);
  if (!body.ok) return body;
  return decoded({ ...header, message: { code, token, options: body.value.options, payload: body.value.payload } });
}

/** Type and id of a datagram of version 1, whatever follows; undefined for anything else, which is ignored in silence. */
export function decodeHeader(bytes: Buffer): Malformed | undefined {
  if (bytes.length < headerSize || versionOf(bytes[0]!) !== 1) return undefined;
  return { type: ((bytes[0]! >> 4) & 3) as MessageType, id: bytes.readUInt16BE(2) };
}

/** Bytes that `encodeDatagram` will give. */
export const datagramSize = ({ token, options, payload }: Message): number =>
  headerSize + token.length + bodySize(options, payload);

export function encodeDatagram(type: MessageType, id: number, message: Message): Buffer {
  const bytes = Buffer.allocUnsafe(datagramSize(message));
  bytes[0] = 0x40 | (type << 4) | message.token.length;
  bytes[1] = message.code;
  bytes.writeUInt16BE(id, 2);
  bytes.set(message.token, headerSize);
  encodeBody(message.options, message.payload, bytes, headerSize + message.token.length);
  return bytes;
}

/** An empty message: an acknowledgement, a reset, or with `con` a ping. */
export function encodeEmpty(type: MessageType, id: number): Buffer {
  return Buffer.of(0x40 | (type << 4), 0, id >> 8, id & 0xff);
}

const headerSize = 4;

const reservedClass = (code: number): boolean => {
  const kind = codeClass(code);
  return kind === 1 || kind >= 6;
};
