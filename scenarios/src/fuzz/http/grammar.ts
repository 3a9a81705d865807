import { gzipSync, zstdCompressSync } from 'node:zlib';
import { bare, bytes, type GroupPiece, group, type Piece, type Wrap } from '../pieces/piece.ts';

/*
 * HTTP/1.1 requests as trees (RFC 9112):
 *
 *   request = line header* body
 *   line    = method SP target SP version CRLF
 *   header  = name ":" SP value CRLF
 *   body    = CRLF | Content-Length CRLF CRLF content | Transfer-Encoding CRLF CRLF chunk* "0" CRLF CRLF
 */

export const requestLine = (method: string, target: string, version = 'HTTP/1.1'): Piece =>
  group(bare, [bytes(method), bytes(' '), bytes(target), bytes(' '), bytes(version), bytes('\r\n')]);

export const header = (name: string, value: string): Piece =>
  group(bare, [bytes(name), bytes(': '), bytes(value), bytes('\r\n')]);

const text = (value: string): Buffer => Buffer.from(value, 'latin1');

const countedWrap: Wrap = (content, size) => [text(`Content-Length: ${size}\r\n\r\n`), content];
const chunkedWrap: Wrap = (content) => [text('Transfer-Encoding: chunked\r\n\r\n'), content, text('0\r\n\r\n')];
const chunkWrap: Wrap = (content, size) => [text(`${size.toString(16)}\r\n`), content, text('\r\n')];
const gzipWrap: Wrap = (content) => [gzipSync(content, { level: 1 })];
const zstdWrap: Wrap = (content) => [zstdCompressSync(content)];

export const noBody: Piece = bytes('\r\n');
export const counted = (parts: readonly Piece[]): Piece => group(countedWrap, parts);
export const chunked = (chunks: readonly (readonly Piece[])[]): Piece =>
  group(
    chunkedWrap,
    chunks.map((parts) => group(chunkWrap, parts)),
  );

/** Damage to what is in it is damage behind the decoder; damage to the bytes of all of it is damage before. */
export const coded = (coding: 'gzip' | 'zstd', parts: readonly Piece[]): Piece =>
  group(coding === 'gzip' ? gzipWrap : zstdWrap, parts);

export const request = (line: Piece, headers: readonly Piece[], body: Piece): GroupPiece =>
  group(bare, [line, ...headers, body]);
