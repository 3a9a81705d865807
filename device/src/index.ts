import { type Disk, memoryDisk } from '@selvedge/journal';
import { systemDisk } from '@selvedge/journal/disk';
import { type Clock, type Entropy, type Log, type Random, silentLog } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';
import { journalStore } from './adapters/journal/store.ts';
import { mqttTransport } from './adapters/mqtt/transport.ts';
import { type DeviceOptions, deviceSettings } from './options.ts';
import type { Transport } from './ports.ts';
import { type Device, deviceIn } from './sdk.ts';

export type { DeviceCommand } from './engines/command/device-command.ts';
export type { CommandHandler, CommandStatus } from './engines/command/runner.ts';
export type { OutboxStatus, ReportOptions } from './engines/outbox/sender.ts';
export type { Desired, DesiredHandler, Reported } from './engines/twin/device-twin.ts';
export { deviceFaults } from './faults.ts';
export type { DeviceOptions } from './options.ts';
export type { Connection, Session, Transport } from './ports.ts';
export type { Device, DeviceStatus } from './sdk.ts';

/** What a device may be lent instead of what the machine has: for simulations, and to hear its log. */
export interface DeviceLoans {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly entropy?: Entropy;
  readonly log?: Log;
  readonly disk?: Disk;
  readonly transport?: Transport;
}

/** A device that talks MQTT and keeps its readings on disk. Throws DEVICE_OPTION_INVALID. */
export function device(options: DeviceOptions, loans: DeviceLoans = {}): Device {
  const { url, credentials, dir, outbox } = deviceSettings(options);
  const clock = loans.clock ?? systemClock;
  const log = loans.log ?? silentLog;
  const entropy = loans.entropy ?? systemEntropy;
  const disk = loans.disk ?? (dir === undefined ? memoryDisk() : systemDisk);
  return deviceIn(options, {
    clock,
    log,
    random: loans.random ?? systemRandom,
    transport: loans.transport ?? mqttTransport({ url, ...credentials }, { clock }),
    store: journalStore({ dir: dir ?? '/outbox', sizeMax: outbox.sizeMax }, { clock, disk, entropy, log }),
  });
}
