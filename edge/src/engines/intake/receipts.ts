import type { Duration } from '@selvedge/kernel';
import type { LedgerRows } from '@selvedge/protocol';
import type { RequestOutcome } from '../../ports.ts';
import { type NamedPublishes, namedPublishes } from './named-publishes.ts';

/** What became of the first payloads of a request that came under a key. */
export interface Receipt extends RequestOutcome {
  readonly device: string;
  readonly key: string;
  /** How many payloads, and SHA-256 of them in hexadecimal. */
  readonly payloads: number;
  readonly digest: string;
  /** There were no more. */
  readonly whole: boolean;
  readonly at: number;
}

/**
 * A receipt in the journal: a ledger record without rows. It stands in one batch with the readings that it tells of, so a
 * power cut takes back both or none of them.
 */
export interface LedgerReceipt extends LedgerRows {
  readonly receipt: Receipt;
}

export const ledgerOf = (receipt: Receipt): LedgerReceipt => ({
  from: receipt.at,
  to: receipt.at,
  rows: [],
  receipt,
});

export interface ReceiptsOptions {
  /** Receipts in all; beyond it those of the device go that was not heard for longest. */
  readonly sizeMax: number;
  /** Receipts of one device; beyond it its oldest go. */
  readonly perDeviceMax: number;
  readonly ageMax: Duration;
}

/** The durable receipts of the latest requests. */
export interface Receipts {
  find(device: string, key: string, now: number): Receipt | undefined;
  /** Remembers a receipt that is durable, in the place of an earlier one of its key. */
  keep(receipt: Receipt): void;
  /** Oldest first; `keep` each of them to have the same again. */
  all(now: number): readonly Receipt[];
  readonly size: number;
  /** What doors brought under names of their own. */
  readonly named: NamedPublishes;
  /** How many went before their age was over. */
  readonly forgotten: number;
}

export function receipts(options: ReceiptsOptions): Receipts {
  /** Devices and their keys, each least recent first. */
  const devices = new Map<string, Map<string, Receipt>>();
  let size = 0;
  let forgotten = 0;

  const forget = (device: string): void => {
    const keys = devices.get(device)!;
    keys.delete(keys.keys().next().value!);
    if (keys.size === 0) devices.delete(device);
    size -= 1;
    forgotten += 1;
  };

  return {
    find(device, key, now) {
      const receipt = devices.get(device)?.get(key);
      return receipt && now - receipt.at <= options.ageMax ? receipt : undefined;
    },
    keep(receipt) {
      const keys = devices.get(receipt.device) ?? new Map<string, Receipt>();
      if (keys.delete(receipt.key)) size -= 1;
      keys.set(receipt.key, receipt);
      size += 1;
      devices.delete(receipt.device);
      devices.set(receipt.device, keys);
      if (keys.size > options.perDeviceMax) forget(receipt.device);
      if (size > options.sizeMax) forget(devices.keys().next().value!);
    },
    all: (now) =>
      [...devices.values()].flatMap((keys) => [...keys.values()]).filter((one) => now - one.at <= options.ageMax),
    get size() {
      return size;
    },
    named: namedPublishes(),
    get forgotten() {
      return forgotten;
    },
  };
}
