import { encodeMessage, formatTally, type Message } from '@selvedge/protocol';
import { kindNames } from '../../../cli/src/engines/simulation/fleet.ts';
import { measureBundles } from './bundles.ts';
import { demoReadings, payloadOf } from './demo.ts';

const seconds = 60;
const devices = 100;

/** Bytes per message by shape: of each kind of the demo's devices, as JSON and on the link; and by format at the doors. */
export function measureFormats(): Record<string, number> {
  const figures: Record<string, number> = {};
  const tally = formatTally();
  for (const kind of kindNames) {
    const readings = demoReadings([kind], devices, seconds);
    const json = readings.map(payloadOf);
    figures[`${kind}_json_bytes`] = json.reduce((sum, { length }) => sum + length, 0) / json.length;
    for (const profile of ['quick', 'default', 'max'] as const)
      figures[`${kind}_${profile}_bytes`] = measureBundles(readings, {
        profile,
        perBundle: devices,
        perBatch: 10,
      }).bytes;
    for (const { device, takenAt, values } of readings) {
      const message = { id: device, timestamp: takenAt, ...values } as Message;
      tally.add(encodeMessage(message), JSON.stringify(message).length);
    }
    for (const { device, takenAt } of readings.slice(0, 100)) {
      const message: Message = { id: device, timestamp: takenAt, temperature: 21.5, humidity: 40, pressure: 1_013.2 };
      tally.add(encodeMessage(message), JSON.stringify(message).length);
      const long: Message = { ...message, cells: Array.from({ length: 100 }, (_, cell) => 3_000 + cell * 37) };
      tally.add(encodeMessage(long), JSON.stringify(long).length);
    }
  }
  for (const { format, messages, bytes, jsonBytes } of tally.rows()) {
    const name = format.replace('-', '_');
    figures[`door_${name}_messages`] = messages;
    figures[`door_${name}_bytes`] = bytes / messages;
    figures[`door_${name}_ratio`] = bytes / jsonBytes;
  }
  return figures;
}
