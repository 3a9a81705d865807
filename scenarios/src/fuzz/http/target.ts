import type { Target } from '../target.ts';
import { drawInput } from './draw.ts';
import { httpGround } from './ground.ts';

/** The lines of a head, and what follows it. */
function split(stream: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < stream.length; ) {
    const line = stream.indexOf('\r\n', at);
    const end = line < 0 ? stream.length : line + 2;
    lines.push(stream.subarray(at, end));
    at = end;
  }
  return lines;
}

export const httpTarget: Target = { name: 'http', draw: drawInput, split, open: httpGround };
