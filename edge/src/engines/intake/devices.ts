import { Buffer } from 'node:buffer';
import type { LedgerRow } from '@selvedge/protocol';
import { type Heard, hear, nothingHeard, wasHeard } from './heard.ts';
import { resends as noResends, type Resends } from './resends.ts';

/** The devices this node has heard, by a small number each, with the names of their readings that are journaled. */
export interface DeviceTable {
  readonly count: number;
  /** What devices have to send again before what they have sent behind it. */
  readonly resends: Resends;
  /** The device's number, -1 when the table is full. */
  indexOf(id: string): number;
  idOf(index: number): string;
  utf8Of(index: number): Uint8Array;
  /** Whether nothing of that name was heard, durable or not. */
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
  /** Durable or in line for the journal. */
  heard: Heard;
  durable: Heard;
  /** How many names are in line for the journal. */
  pending: number;
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
  const unsettled = new Set<Device>();
  const resends = noResends();

  const indexOf = (id: string): number => {
    const known = indexes.get(id);
    if (known !== undefined) return known;
    if (devices.length === devicesMax) return -1;
    const names = { heard: nothingHeard, durable: nothingHeard, pending: 0 };
    const counts = { touched: false, refused: 0, duplicates: 0, quarantined: 0, journaled: 0 };
    devices.push({ id, utf8: Buffer.from(id, 'utf8'), ...names, ...counts });
    indexes.set(id, devices.length - 1);
    return devices.length - 1;
  };

  return {
    get count() {
      return devices.length;
    },
    resends,
    indexOf,
    idOf: (index) => devices[index]!.id,
    utf8Of: (index) => devices[index]!.utf8,
    isNew: (index, boot, seq) => !wasHeard(devices[index]!.heard, boot, seq),
    hear(index, boot, seq) {
      const device = devices[index]!;
      device.heard = hear(device.heard, boot, seq);
      resends.taken(index);
      if (device.pending++ === 0) unsettled.add(device);
    },
    settle(index, boot, seq) {
      const device = devices[index]!;
      device.durable = hear(device.durable, boot, seq);
      if (device.pending > 0 && --device.pending > 0) return;
      device.heard = device.durable;
      unsettled.delete(device);
    },
    forgetUnsettled() {
      for (const device of unsettled) {
        device.heard = device.durable;
        device.pending = 0;
      }
      unsettled.clear();
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
    snapshot: () => JSON.stringify(devices.filter((one) => one.durable.length > 0).map((one) => [one.id, one.durable])),
    restore(snapshot) {
      for (const [id, durable] of JSON.parse(snapshot) as [string, Heard][]) {
        const device = devices[indexOf(id)];
        if (device) Object.assign(device, { heard: durable, durable });
      }
    },
  };
}

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
