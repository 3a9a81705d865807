import { useCallback, useSyncExternalStore } from 'react';
import { useWorld } from '../app/world-context.ts';
import type { LiveDevice } from '../feed/live-device.ts';

let now = Date.now();
let ticker: ReturnType<typeof setInterval> | undefined;
const listeners = new Set<() => void>();

function subscribeNow(listener: () => void): () => void {
  listeners.add(listener);
  if (ticker === undefined) {
    now = Date.now();
    ticker = setInterval(() => {
      now = Date.now();
      for (const one of listeners) one();
    }, 1_000);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(ticker);
    ticker = undefined;
  };
}

/** The time, once a second; all users of it change together. */
export function useNow(): number {
  return useSyncExternalStore(subscribeNow, () => now);
}

/** What the feed last told of a device; the component renders again when it tells more. */
export function useLiveDevice(id: string): LiveDevice | undefined {
  const { live } = useWorld();
  const subscribe = useCallback((listener: () => void) => live.subscribe(id, listener), [live, id]);
  return useSyncExternalStore(subscribe, () => live.device(id));
}

/** Whether a media query holds. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const media = matchMedia(query);
      media.addEventListener('change', listener);
      return () => media.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}

/** The widest screen that is laid out as a phone; also in the style sheets. */
export const usePhone = (): boolean => useMedia('(max-width: 719px)');
