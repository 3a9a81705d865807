import type { Store } from '../../ports.ts';
import type { Hello, HelloFacts } from './hello.ts';

/** Gathers what the store knows of the journal that a node says hello with. */
export async function lookUp(
  store: Pick<Store, 'log'>,
  node: string,
  hello: Hello,
): Promise<Omit<HelloFacts, 'hasControl'>> {
  const { epoch, head, base } = hello;
  const hashAt = async (offset: number): Promise<string | undefined> => {
    if (offset === 0) return undefined;
    const marks = await store.log.marks(node, epoch, [offset - 1, offset]);
    const mark = marks.find((one) => one.firstOffset + one.count === offset);
    return mark && Buffer.from(mark.hash).toString('hex');
  };
  const acknowledged = await store.log.acknowledged(node, epoch);
  return {
    owner: await store.log.owner(epoch),
    end: acknowledged.at(-1)?.[1] ?? 0,
    hashAtHead: await hashAt(head.offset),
    hashAtBase: await hashAt(base.offset),
    acknowledged,
  };
}
