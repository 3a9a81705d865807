import type { Memory, Rewrite } from '../support/proxy.ts';
import { each } from '../support/rewrites.ts';
import { type Connect, connectFrame, connectOf, type Publish, publishFrame, publishOf } from './frames.ts';

export const publishes = (change: (publish: Publish, memory: Memory) => Partial<Publish>): Rewrite =>
  each('publish', (frame, memory) => {
    const publish = publishOf(frame);
    return publishFrame({ ...publish, ...change(publish, memory) });
  });

export const connects = (change: (connect: Connect) => Partial<Connect>): Rewrite =>
  each('connect', (frame) => {
    const connect = connectOf(frame);
    return connectFrame({ ...connect, ...change(connect) });
  });

export const without = (list: readonly Buffer[], ...ids: readonly number[]): readonly Buffer[] =>
  list.filter(([id]) => !ids.includes(id!));
