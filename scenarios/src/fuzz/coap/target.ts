import type { Target } from '../target.ts';
import { drawInput } from './draw.ts';
import { coapGround } from './ground.ts';
import { frameEnd } from './read.ts';

/** Datagrams are single messages; a connection is frames as long as their lengths are true. */
function split(chunk: Buffer, via: string): readonly Buffer[] {
  if (!via.startsWith('tcp')) return [chunk];
  const frames: Buffer[] = [];
  for (let at = 0; at < chunk.length; ) {
    const end = frameEnd(chunk, at) ?? chunk.length;
    frames.push(chunk.subarray(at, end));
    at = end;
  }
  return frames;
}

export const coapTarget: Target = { name: 'coap', draw: drawInput, split, open: coapGround };
