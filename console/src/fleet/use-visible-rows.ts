import { type RefObject, useLayoutEffect, useState } from 'react';
import { type VisibleRows, visibleRows } from './fleet-rows.ts';

/** Which rows of the list below `body` are in sight of the window; changes only when that does. */
export function useVisibleRows(body: RefObject<HTMLElement | null>, count: number, rowHeight: number): VisibleRows {
  const [sight, setSight] = useState(() => visibleRows({ scrolled: 0, windowHeight: 900, rowHeight, count }));

  useLayoutEffect(() => {
    const look = (): void => {
      const scrolled = -(body.current?.getBoundingClientRect().top ?? 0);
      const next = visibleRows({ scrolled, windowHeight: innerHeight, rowHeight, count });
      setSight((old) =>
        old.first === next.first && old.end === next.end && old.spaceAfter === next.spaceAfter ? old : next,
      );
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [body, count, rowHeight]);

  return sight;
}
