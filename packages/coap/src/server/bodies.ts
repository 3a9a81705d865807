import type { Metrics } from '@selvedge/kernel';
import { responses } from '../codes.ts';
import type { Limits } from '../config.ts';
import type { coapMetrics } from '../metrics.ts';
import { blockOption, decodeBlock, szxWithin } from '../options/block.ts';
import * as read from '../options/read.ts';
import { registry } from '../options/registry.ts';
import { encodeUint } from '../options/uint.ts';
import type { Resource } from '../resource.ts';
import type { Deadlines } from '../timing/deadlines.ts';
import { assemblies } from './assemblies.ts';
import { composeError } from './compose.ts';
import type { Exchange } from './exchange.ts';
import { type Reply, refuse } from './reply.ts';

/** The whole body of a request, or what to say to one block of it. `key` tells it from other bodies. */
export type BodyOf = (exchange: Exchange, resource: Resource, key: string) => Buffer | Reply;

export function bodies(
  limits: Limits,
  world: { readonly deadlines: Deadlines; readonly metrics: Metrics<typeof coapMetrics> },
): BodyOf {
  const { metrics } = world;
  const waiting = assemblies(limits, world);
  return (exchange, resource, key) => {
    const { message, line } = exchange;
    const value = read.first(message, registry.block1.number);
    if (!value) return message.payload;
    const block = decodeBlock(value, line.bert);
    if (!block.ok) return refuse(responses.badRequest, block.why);
    const sizeMax = Math.min(limits.bodySizeMax, resource.bodySizeMax ?? limits.bodySizeMax);
    const announced = read.size1(message) ?? 0;
    const added =
      announced > sizeMax
        ? ({ kind: 'refused', code: responses.requestEntityTooLarge, why: '' } as const)
        : waiting.add(key, block.value, message.payload, sizeMax);
    if (added.kind === 'whole') return added.body;
    const szx = line.bert ? block.value.szx : Math.min(block.value.szx, szxWithin(limits.blockSizeMax)!);
    if (added.kind === 'continue') {
      const more = [blockOption(registry.block1.number, { ...block.value, szx })];
      return { response: composeError(responses.continue), more };
    }
    if (added.code !== responses.requestEntityTooLarge) return refuse(added.code, added.why);
    if (announced > sizeMax) metrics.refused.add(1, 'body');
    return {
      response: composeError(added.code),
      more: [
        blockOption(registry.block1.number, { ...block.value, szx }),
        { number: registry.size1.number, value: encodeUint(sizeMax) },
      ],
    };
  };
}
