import { Buffer } from 'node:buffer';
import type { LedgerRow } from '@selvedge/protocol';

/**
 * The devices this node has heard, by a small number each, with the highest name of a reading that is journaled.
 * A reading is a duplicate when its (boot, seq) is not beyond that.
 */
export interface DeviceTable {
  readonly count: number;
  /** The device's number, -1 when the table is full. */
  indexOf(id: string): number;
  idOf(index: number): string;
  utf8Of(index: number): Uint8Array;
  /** Whether the name is beyond what was heard, durable or not. */
  isNew(index: number, boot: number, seq: number): boolean;
  /** The reading of that name is in line for the journal. */
  hear(index: number, boot: number, seq: number): void;
  /** The reading of that name is durable. */
  settle(index: number, boot: number, seq: number): void;
  /** Nothing that is not durable was heard: the commit was refused. */
  forgetUnsettled(): void;
  countTerm(index: number, term: LedgerTerm, amount: number): void;
  /** The ledger rows since the last call, of devices that were heard. */
  closeLedger(): LedgerRow[];
  /** Durable names as text, for a snapshot; `restore` reads it. */
  snapshot(): string;
  restore(snapshot: string): void;
}

export type LedgerTerm = 'refused' | 'duplicates' | 'quarantined' | 'journaled';

interface Device {
  readonly id: string;
  readonly utf8: Uint8Array;
  boot: number;
  seq: number;
  durableBoot: number;
  durableSeq: number;
  touched: boolean;
  refused: number;
  duplicates: number;
  quarantined: number;
  journaled: number;
}

export function deviceTable(devicesMax: number): DeviceTable {
  const devices: Device[] = [];
  const indexes = new Map<string, number>();
  let touched: Device[] = [];
  let unsettled: Device[] = [];

  const indexOf = (id: string): number => {
    const known = indexes.get(id);
    if (known !== undefined) return known;
    if (devices.length === devicesMax) return -1;
    const name = { boot: -1, seq: -1, durableBoot: -1, durableSeq: -1 };
    const counts = { touched: false, refused: 0, duplicates: 0, quarantined: 0, journaled: 0 };
    devices.push({ id, utf8: Buffer.from(id, 'utf8'), ...name, ...counts });
    indexes.set(id, devices.length - 1);
    return devices.length - 1;
  };

  return {
    get count() {
      return devices.length;
    },
    indexOf,
    idOf: (index) => devices[index]!.id,
    utf8Of: (index) => devices[index]!.utf8,
    isNew(index, boot, seq) {
      const device = devices[index]!;
      return boot > device.boot || (boot === device.boot && seq > device.seq);
    },
    hear(index, boot, seq) {
      const device = devices[index]!;
      if (device.boot === device.durableBoot && device.seq === device.durableSeq) unsettled.push(device);
      device.boot = boot;
      device.seq = seq;
    },
    settle(index, boot, seq) {
      const device = devices[index]!;
      if (boot < device.durableBoot || (boot === device.durableBoot && seq <= device.durableSeq)) return;
      device.durableBoot = boot;
      device.durableSeq = seq;
      if (boot > device.boot || (boot === device.boot && seq > device.seq)) {
        device.boot = boot;
        device.seq = seq;
      }
      if (unsettled.length > devices.length * 2 + 64) unsettled = unsettled.filter(isUnsettled);
    },
    forgetUnsettled() {
      for (const device of unsettled) {
        device.boot = device.durableBoot;
        device.seq = device.durableSeq;
      }
      unsettled = [];
    },
    countTerm(index, term, amount) {
      const device = devices[index]!;
      device[term] += amount;
      if (!device.touched) {
        device.touched = true;
        touched.push(device);
      }
    },
    closeLedger() {
      const rows = touched.map(ledgerRow);
      for (const device of touched) {
        Object.assign(device, { touched: false, refused: 0, duplicates: 0, quarantined: 0, journaled: 0 });
      }
      touched = [];
      return rows;
    },
    snapshot: () =>
      JSON.stringify(
        devices.filter((one) => one.durableBoot >= 0).map((one) => [one.id, one.durableBoot, one.durableSeq]),
      ),
    restore(snapshot) {
      for (const [id, boot, seq] of JSON.parse(snapshot) as [string, number, number][]) {
        const device = devices[indexOf(id)];
        if (device) Object.assign(device, { boot, seq, durableBoot: boot, durableSeq: seq });
      }
    },
  };
}

const isUnsettled = (device: Device): boolean => device.boot !== device.durableBoot || device.seq !== device.durableSeq;

function ledgerRow(device: Device): LedgerRow {
  const { id: source, refused, duplicates, quarantined, journaled } = device;
  return {
    source,
    received: refused + duplicates + quarantined + journaled,
    refused,
    duplicates,
    quarantined,
    journaled,
  };
}
