import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { withHeld } from '../alerts/held-changes.ts';
import { alertListMax, alertsQuery } from '../api/queries.ts';
import { useHeldChanges } from '../app/world-context.ts';

/** Active alerts of each device; undefined while they are not known, or are too many to know them all. */
export function useActiveAlerts(): ReadonlyMap<string, number> | undefined {
  const { data } = useQuery(alertsQuery('active'));
  const held = useHeldChanges();
  return useMemo(() => {
    if (!data || data.length >= alertListMax) return undefined;
    const counts = new Map<string, number>();
    for (const { device, state } of withHeld(data, held)) {
      if (state === 'active') counts.set(device, (counts.get(device) ?? 0) + 1);
    }
    return counts;
  }, [data, held]);
}
