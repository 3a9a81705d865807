import { bytes, type Piece } from '../pieces/piece.ts';
import { counted, header, noBody, request, requestLine } from './grammar.ts';

/** The requests of a captured stream as trees; a chunked body stays bytes. */
export function dissect(stream: Buffer): readonly Piece[] {
  const found: Piece[] = [];
  for (let at = 0; at < stream.length; ) {
    const end = stream.indexOf('\r\n\r\n', at);
    if (end < 0) return [...found, bytes(stream.subarray(at))];
    const [first = '', ...rows] = stream.toString('latin1', at, end).split('\r\n');
    const [method = '', target = '', version = ''] = first.split(' ');
    const pairs = rows.map((row) => row.split(': ') as [string, string]);
    const length = Number(pairs.find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? Number.NaN);
    const headers = pairs
      .filter(([name]) => name.toLowerCase() !== 'content-length')
      .map(([name, value]) => header(name, value));
    const isChunked = pairs.some(([name]) => name.toLowerCase() === 'transfer-encoding');
    const bodyEnd = isChunked ? stream.length : end + 4 + (Number.isNaN(length) ? 0 : length);
    const body = stream.subarray(end + 4, bodyEnd);
    const last = isChunked
      ? bytes(Buffer.concat([Buffer.from('\r\n'), body]))
      : Number.isNaN(length)
        ? noBody
        : counted([bytes(body)]);
    found.push(request(requestLine(method, target, version), headers, last));
    at = bodyEnd;
  }
  return found;
}
