import type { DeviceView } from '../api/views.ts';

export interface FleetFilter {
  readonly text: string;
  readonly type: string;
  readonly node: string;
}

/** The devices that a filter leaves: every word has to occur in the id, name, type or node. */
export function filterFleet(devices: readonly DeviceView[], filter: FleetFilter): readonly DeviceView[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0 && filter.type === '' && filter.node === '') return devices;
  return devices.filter((device) => {
    if (filter.type !== '' && device.type !== filter.type) return false;
    if (filter.node !== '' && device.node !== filter.node) return false;
    const told = `${device.id} ${device.name} ${device.type} ${device.node}`.toLowerCase();
    return words.every((word) => told.includes(word));
  });
}

/** Types that occur, with how many devices have each, most frequent first. */
export function typesOf(devices: readonly DeviceView[]): readonly { readonly type: string; readonly count: number }[] {
  const counts = new Map<string, number>();
  for (const { type } of devices) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts]
    .map(([type, count]) => ({ type, count }))
    .sort((a, b) => b.count - a.count || a.type.localeCompare(b.type));
}

export interface Sight {
  /** Pixels between the top of the first row and the top of the window; negative while the list begins below it. */
  readonly scrolled: number;
  readonly windowHeight: number;
  readonly rowHeight: number;
  readonly count: number;
}

export interface VisibleRows {
  readonly first: number;
  /** One past the last. */
  readonly end: number;
  readonly spaceBefore: number;
  readonly spaceAfter: number;
}

/** Rows beyond the window's edges, so that fast scrolling and the Tab key find them there. */
const reserve = 12;

/** Which rows of a long list have to exist, and the space that stands for the others. */
export function visibleRows({ scrolled, windowHeight, rowHeight, count }: Sight): VisibleRows {
  const clamp = (row: number): number => Math.min(count, Math.max(0, row));
  const first = clamp(Math.floor(scrolled / rowHeight) - reserve);
  const end = clamp(Math.ceil((scrolled + windowHeight) / rowHeight) + reserve);
  return { first, end, spaceBefore: first * rowHeight, spaceAfter: (count - end) * rowHeight };
}
