import type { Store } from '@selvedge/cloud';
import type { Life } from '@selvedge/testkit';

/** A write of a saga, by a name that it has in every life, and the side of it on which the cloud may die. */
export type Strike = (write: string, side: 'before' | 'after') => boolean;

/**
 * The store of a cloud that dies between two writes of a saga: just before one reaches the disk, or when it is there and
 * nobody has heard. What a dead program would have done next is not done.
 */
export function mortalStore<Kept extends Store>(store: Kept, life: Life, strikes: Strike): Kept {
  const never = new Promise<never>(() => undefined);
  const part = <Part extends object>(whole: Part): Part =>
    new Proxy(whole, {
      get:
        (target, method) =>
        async (...given: unknown[]) => {
          if (life.ended) return never;
          const act = (): unknown =>
            (target as Record<string, (...all: unknown[]) => unknown>)[String(method)]!(...given);
          const write = nameOf(String(method), given);
          if (write === undefined) return act();
          if (strikes(write, 'before')) return never;
          const done = await act();
          return strikes(write, 'after') ? never : done;
        },
    });
  const { sagas, commands, configurations, twins } = store;
  return {
    ...store,
    ...{ sagas: part(sagas), commands: part(commands), configurations: part(configurations), twins: part(twins) },
  };
}

/** Undefined for what writes nothing, or not for a saga. */
function nameOf(method: string, [first, second]: readonly unknown[]): string | undefined {
  if (method === 'create' || method === 'save') {
    const { id, revision } = first as { readonly id: string; readonly revision: number };
    return `${method} ${id} ${revision}`;
  }
  const { id, about } = ((method === 'issue' ? first : second) ?? {}) as {
    readonly id?: string;
    readonly about?: string;
  };
  const key = method === 'issue' ? id : method === 'propose' || method === 'wish' ? about : undefined;
  return key?.startsWith('saga-') ? `${method} ${key}` : undefined;
}
