import type { LinkMeterUse } from '@selvedge/protocol';

/** Bytes of one month as a provider counts them; `month` in UTC, such as 2026-11. */
export interface MeterMonth {
  readonly month: string;
  readonly upBytes: number;
  readonly downBytes: number;
}

export interface MeterOptions {
  /** Counted apart under each name, so that a node that changes its link keeps both accounts. */
  readonly link: string;
  readonly pricePerMegabyte: number;
  /** 0: none. */
  readonly capBytes: number;
}

/** Counts what the link costs. */
export interface Meter {
  add(upBytes: number, downBytes: number, wall: number): void;
  /** The share of the cap that is used up, 0 without one. */
  used(wall: number): number;
  view(wall: number): LinkMeterUse;
  /** All accounts, to be kept across restarts. */
  save(): Uint8Array;
}

/** Months kept for each link, this one included. */
const monthsMax = 13;
/** Links kept. */
const linksMax = 16;

type Accounts = Record<string, MeterMonth[]>;

/** `saved` is what `save` gave in an earlier life; what cannot be read begins anew. [BUD-9] */
export function meter(options: MeterOptions, saved: Uint8Array | undefined): Meter {
  const accounts = readAccounts(saved);
  const { link, pricePerMegabyte, capBytes } = options;

  const months = (wall: number): MeterMonth[] => {
    const all = (accounts[link] ??= []);
    const month = monthOf(wall);
    // A clock that was set back goes on counting in the month that it had reached.
    if (all.length === 0 || all[0]!.month < month) all.unshift({ month, upBytes: 0, downBytes: 0 });
    all.length = Math.min(all.length, monthsMax);
    return all;
  };
  const costOf = ({ upBytes, downBytes }: Omit<MeterMonth, 'month'>): number =>
    ((upBytes + downBytes) / 1_000_000) * pricePerMegabyte;

  return {
    add(upBytes, downBytes, wall) {
      const all = months(wall);
      const now = all[0]!;
      all[0] = { month: now.month, upBytes: now.upBytes + upBytes, downBytes: now.downBytes + downBytes };
    },
    used(wall) {
      const [now] = months(wall);
      return capBytes === 0 ? 0 : (now!.upBytes + now!.downBytes) / capBytes;
    },
    view(wall) {
      const [now, ...before] = months(wall);
      const bytes = now!.upBytes + now!.downBytes;
      const forecastBytes = Math.round(bytes / elapsedOf(now!.month, wall));
      return {
        link,
        ...now!,
        cost: costOf(now!),
        forecastBytes,
        forecastCost: (forecastBytes / 1_000_000) * pricePerMegabyte,
        capBytes,
        before: before.map((one) => ({ ...one, cost: costOf(one) })),
      };
    },
    save: () => new TextEncoder().encode(JSON.stringify({ version: 1, accounts })),
  };
}

const monthOf = (wall: number): string => new Date(wall).toISOString().slice(0, 7);

/** How much of a month has passed, at least an hour of it: a forecast of the first minutes says nothing. */
function elapsedOf(month: string, wall: number): number {
  const [year, number] = month.split('-').map(Number) as [number, number];
  const begin = Date.UTC(year, number - 1);
  const length = Date.UTC(year, number) - begin;
  return Math.min(1, Math.max(3_600_000, wall - begin) / length);
}

function readAccounts(saved: Uint8Array | undefined): Accounts {
  if (!saved) return {};
  try {
    const { version, accounts } = JSON.parse(new TextDecoder().decode(saved)) as {
      version: number;
      accounts: Accounts;
    };
    if (version !== 1) return {};
    const sound = Object.entries(accounts).filter(([, months]) => Array.isArray(months) && months.every(isMonth));
    return Object.fromEntries(sound.slice(-linksMax));
  } catch {
    return {};
  }
}

const isMonth = ({ month, upBytes, downBytes }: MeterMonth): boolean =>
  /^\d{4}-\d\d$/.test(month) && upBytes >= 0 && downBytes >= 0;
