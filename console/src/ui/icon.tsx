/** Line drawings on a grid of 20 by 20. */
const drawings = {
  fleet: 'M3 4.5h5.5v5H3zM11.5 4.5H17v5h-5.5zM3 12.5h5.5v3H3zM11.5 12.5H17v3h-5.5z',
  alerts:
    'M10 3a4.6 4.6 0 0 0-4.6 4.6c0 4-1.6 5.4-1.6 5.4h12.4s-1.6-1.4-1.6-5.4A4.6 4.6 0 0 0 10 3zM8.4 15.8a1.7 1.7 0 0 0 3.2 0',
  nodes: 'M10 3.2 15.9 6.6v6.8L10 16.8l-5.9-3.4V6.6zM10 10v6.8M10 10l5.9-3.4M10 10 4.1 6.6',
  audit: 'M10 2.8 16 5v4.6c0 3.6-2.5 6.2-6 7.6-3.5-1.4-6-4-6-7.6V5zM7.2 9.9l2 2 3.7-3.9',
  quarantine: 'M3.5 4h13v3h-13zM4.7 7v9h10.6V7M8 10h4',
  search: 'M9 4a5 5 0 1 1 0 10A5 5 0 0 1 9 4zM12.8 12.8 16.5 16.5',
  back: 'M16 10H4.5M9 5 4 10l5 5',
  next: 'm8 5 5 5-5 5',
  down: 'm5.5 8 4.5 4.5L14.5 8',
  check: 'm4.5 10.5 3.7 3.7 7.3-8',
  close: 'm5.5 5.5 9 9M14.5 5.5l-9 9',
  copy: 'M7.5 7.5h8.5v8.5H7.5zM12.5 4.5v-.5H4v8.5h.5',
  send: 'M3.5 10 16.5 4l-4 12.5-3-5zM9.5 11.5l3-3.2',
  undo: 'M4 8h8a4 4 0 0 1 0 8H8M7.2 4.8 4 8l3.2 3.2',
  refresh: 'M15.7 8A6 6 0 0 0 4.6 7.2M4.3 12a6 6 0 0 0 11.1.8M4 3.8v3.7h3.7M16 16.2v-3.7h-3.7',
  sun: 'M10 6.7a3.3 3.3 0 1 1 0 6.6 3.3 3.3 0 0 1 0-6.6zM10 2.5v1.5M10 16v1.5M2.5 10H4M16 10h1.5M4.7 4.7l1 1M14.3 14.3l1 1M15.3 4.7l-1 1M5.7 14.3l-1 1',
  moon: 'M16.2 11.7A6.7 6.7 0 0 1 8.3 3.8a6.5 6.5 0 1 0 7.9 7.9z',
  system: 'M3 4h14v9H3zM7.5 16.5h5M10 13v3.5',
  leave: 'M8 4H4v12h4M9 10h7.5M13.5 7l3 3-3 3',
  keyboard: 'M2.5 5.5h15v9h-15zM5.5 8.5h0M8.5 8.5h0M11.5 8.5h0M14.5 8.5h0M6.5 11.7h7',
  warn: 'M10 3.5 17.5 16.5h-15zM10 8.3v3.5M10 14h0',
  clock: 'M10 3.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM10 6.5V10l2.5 1.7',
  cut: 'M7 13l-1.3 1.3a2.9 2.9 0 0 1-4-4.1L4.2 8M13 7l1.3-1.3a2.9 2.9 0 0 1 4 4.1L15.8 12M7.7 4.5 8.2 6.5M4.5 6.2l1.5 1.2M12.3 15.5l-.5-2M15.5 13.8 14 12.6',
  key: 'M13 3.5a3.5 3.5 0 1 1-2.6 5.8L4 15.7V17H2.5v-2.4l6.9-6.9A3.5 3.5 0 0 1 13 3.5z',
} as const;

export type IconName = keyof typeof drawings;

/** A drawing beside words that say the same; it is hidden from who cannot see it. */
export function Icon({ name, size = 18 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={drawings[name]} />
    </svg>
  );
}

/** The mark of the product: a woven cloth with its selvedge. */
export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg className="mark" viewBox="0 0 32 32" width={size} height={size} aria-hidden="true" focusable="false">
      <rect className="mark-cloth" width="32" height="32" rx="8" />
      <path className="mark-weave" d="M7 12.5 18.5 6M7 19 20 11.6M7 25.5 20 18.1M11.5 26 20 21.1" />
      <path className="mark-thread" d="M24.5 6v20" />
    </svg>
  );
}
