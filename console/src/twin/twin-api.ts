import { queryOptions } from '@tanstack/react-query';
import { path, request } from '../api/request.ts';
import type { Value } from '../api/views.ts';

/** What a field of a twin holds. */
export type TwinValue = Value | readonly Value[];
export type TwinFields = Readonly<Record<string, TwinValue>>;

export interface TwinWrite {
  readonly replica: string;
  readonly side: 'edge' | 'cloud';
  /** Null: it deletes the field. */
  readonly value: TwinValue | null;
  readonly by: string;
  readonly at: number;
}

/** Two edits that were made while the sides were apart. */
export interface TwinConflict {
  readonly id: string;
  readonly path: string;
  readonly policy: string;
  /** It waits for a person. */
  readonly parked: boolean;
  readonly says: TwinValue | null;
  readonly writes: readonly TwinWrite[];
}

/** A conflict among those of the whole fleet. */
export interface Conflict extends TwinConflict {
  readonly device: string;
}

export interface TwinView {
  readonly device: string;
  readonly node: string;
  readonly version: string;
  readonly desired: TwinFields;
  readonly reported: TwinFields;
  readonly tags: TwinFields;
  readonly policy: Readonly<Record<string, string>>;
  /** Paths that the node has not confirmed. */
  readonly pending: readonly string[];
  readonly conflicts: readonly TwinConflict[];
}

export interface TwinEvent {
  readonly sequence: number;
  readonly id: string;
  readonly kind: 'edit' | 'conflict' | 'clamp';
  readonly path: string;
  readonly at: number;
  readonly writes: readonly TwinWrite[];
  readonly before: TwinValue | null;
  readonly after: TwinValue | null;
  readonly policy: string | null;
  readonly parked: boolean;
  readonly about: string | null;
}

const second = 1_000;

export const twinQuery = (device: string) =>
  queryOptions({
    queryKey: ['twin', device],
    queryFn: ({ signal }) => request<TwinView>('GET', path(['devices', device, 'twin']), { signal }),
    refetchInterval: 5 * second,
  });

export const conflictsQuery = queryOptions({
  queryKey: ['twin-conflicts'],
  queryFn: async ({ signal }): Promise<readonly Conflict[]> =>
    (await request<{ conflicts: readonly Conflict[] }>('GET', path(['twin-conflicts'], { limit: 1_000 }), { signal }))
      .conflicts,
  refetchInterval: 15 * second,
});

export const twinHistoryQuery = (device: string) =>
  queryOptions({
    queryKey: ['twin-history', device],
    queryFn: async ({ signal }): Promise<readonly TwinEvent[]> =>
      (
        await request<{ events: readonly TwinEvent[] }>(
          'GET',
          path(['devices', device, 'twin', 'history'], { limit: 50 }),
          { signal },
        )
      ).events,
    refetchInterval: 15 * second,
  });

/** What somebody wants of a twin. */
export type TwinWish =
  | { readonly kind: 'set'; readonly section: 'desired' | 'tags'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'resolve'; readonly event: string; readonly take: string }
  | { readonly kind: 'undo'; readonly event: string };

export function performWish(device: string, wish: TwinWish): Promise<TwinView> {
  const twin = ['devices', device, 'twin'];
  switch (wish.kind) {
    case 'set':
      return request('PATCH', path(twin), { body: { [wish.section]: { [wish.name]: wish.value } } });
    case 'resolve':
      return request('POST', path([...twin, 'events', wish.event, 'resolve']), { body: { take: wish.take } });
    case 'undo':
      return request('POST', path([...twin, 'events', wish.event, 'undo']));
  }
}
