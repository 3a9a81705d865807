import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { FrameBodies, Interval, NodeSkill } from '@selvedge/protocol';

export type Hello = FrameBodies['hello'];

/** What the store knows that a hello must fit. */
export interface HelloFacts {
  /** The node that shipped this epoch before, if any did. */
  readonly owner: string | undefined;
  /** One past the last offset held of this journal; 0 when nothing is. */
  readonly end: number;
  /** Hash after the offset before `head` and `base`, where the log holds a batch that ends there; hexadecimal. */
  readonly hashAtHead: string | undefined;
  readonly hashAtBase: string | undefined;
  readonly acknowledged: readonly Interval[];
  /** Whether the control connection that a bulk connection joins is open: of this journal, and of the same link. */
  readonly hasControl: boolean;
}

export interface HelloRefusal {
  readonly code: 'LINK_NODE_FOREIGN' | 'LINK_EPOCH_FOREIGN' | 'LINK_FORK' | 'LINK_BULK_ALONE';
  readonly message: string;
}

/** Checks the members of a hello, which came from outside. */
export function readHello(raw: Readonly<Record<string, unknown>>): Decoded<Hello> {
  const { node, epoch, head, base, software, time, channel, speaks, link } = raw;
  if (typeof node !== 'string') return undecodable('node is not text');
  if (typeof epoch !== 'string' || !/^[0-9a-f]{12}$/.test(epoch))
    return undecodable('epoch is not 12 hexadecimal characters');
  if (!isPosition(head)) return undecodable('head is not an offset with its hash');
  if (!isPosition(base, isBaseHash)) return undecodable('base is not an offset with its hash');
  if (base.offset > head.offset) return undecodable(`base ${base.offset} lies after head ${head.offset}`);
  if (typeof software !== 'string' || software.length > 128) return undecodable('software is not a short text');
  if (typeof time !== 'number' || !Number.isFinite(time)) return undecodable('time is not a number');
  if (channel !== undefined && channel !== 'control' && channel !== 'bulk' && channel !== 'closed')
    return undecodable('channel is none of control, bulk and closed');
  if (speaks !== undefined && !Array.isArray(speaks)) return undecodable('speaks is not a list');
  if (link !== undefined && !(typeof link === 'string' && /^[0-9a-f]{1,16}$/.test(link)))
    return undecodable('link is not 1 to 16 hexadecimal characters');
  const skills = nodeSkills.filter((skill) => (speaks as undefined | readonly unknown[])?.includes(skill));
  return decoded({
    ...{ node, epoch, head, base, software, time },
    ...(channel && { channel }),
    ...(skills.length > 0 && { speaks: skills }),
    ...(link !== undefined && { link }),
  });
}

/**
 * Why a node cannot go on with its journal, or undefined when it can. A journal that ends before what we hold of it, or
 * has another hash at a place that we hold, is not the journal that was shipped: a restored backup, or one of two clones.
 */
export function judgeHello(hello: Hello, certified: string, facts: HelloFacts): HelloRefusal | undefined {
  if (hello.node !== certified)
    return { code: 'LINK_NODE_FOREIGN', message: `node ${certified} by its certificate calls itself ${hello.node}` };
  if (facts.owner !== undefined && facts.owner !== certified)
    return { code: 'LINK_EPOCH_FOREIGN', message: `journal ${hello.epoch} belongs to node ${facts.owner}` };
  if (hello.channel === 'bulk' && !facts.hasControl)
    return {
      code: 'LINK_BULK_ALONE',
      message: `journal ${hello.epoch} has no control connection that bulk could join`,
    };
  // It joins its own control connection, which fits, and may have brought more than was there at this hello.
  if (hello.channel === 'bulk' && hello.link !== undefined) return undefined;
  // Of a closed journal a copy is shipped: the node that it was taken of may have gone on. [LNK-50]
  if (facts.end > hello.head.offset && hello.channel !== 'closed')
    return fork(hello, `it ends at ${hello.head.offset}, but offsets up to ${facts.end} were shipped before`);
  if (facts.hashAtHead !== undefined && facts.hashAtHead !== hello.head.hash)
    return fork(hello, `at its end ${hello.head.offset} it has another hash than what was shipped before`);
  if (facts.hashAtBase !== undefined && hello.base.hash !== '' && facts.hashAtBase !== hello.base.hash)
    return fork(hello, `at its beginning ${hello.base.offset} it has another hash than what was shipped before`);
  return undefined;
}

const fork = (hello: Hello, why: string): HelloRefusal => ({
  code: 'LINK_FORK',
  message: `journal ${hello.epoch} is not the one that was shipped before: ${why}`,
});

/** Those that this cloud knows; a newer node may have others. */
const nodeSkills: readonly NodeSkill[] = ['proof'];

const isHash = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);

/** A journal whose beginning was trimmed may not know the hash there without reading, and leaves it empty. */
const isBaseHash = (text: string): boolean => text === '' || isHash(text);

function isPosition(raw: unknown, isGoodHash = isHash): raw is Hello['head'] {
  if (typeof raw !== 'object' || raw === null) return false;
  const { offset, hash } = raw as Readonly<Record<string, unknown>>;
  return Number.isSafeInteger(offset) && (offset as number) >= 0 && typeof hash === 'string' && isGoodHash(hash);
}
