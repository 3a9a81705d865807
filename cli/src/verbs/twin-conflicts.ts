import { type ConflictView, conflictJson, sayValue } from '../shapes/twin.ts';
import { table } from '../text/columns.ts';
import type { Verb } from '../verb.ts';

export const twinConflicts: Verb = {
  path: ['twin', 'conflicts'],
  summary: 'List edits that were made on both sides while these were apart, and that nobody has written over since.',
  arguments: [{ name: 'DEVICE', doc: 'Only those of this device.', optional: true }],
  options: {},
  examples: ['selvedge twin conflicts', 'selvedge twin conflicts pump-7 --json'],
  talks: true,
  async run({ given, cloud, answer }) {
    const query = { device: given.argument('DEVICE'), limit: 1_000 };
    const { conflicts } = await cloud().get<{ conflicts: readonly ConflictView[] }>('/v1/twin-conflicts', query);
    const rows = conflicts.map(({ id, device, path, parked, policy, says, writes }) => [
      id,
      device,
      path,
      writes.map(({ side, value }) => `${side} ${sayValue(value)}`).join(', '),
      parked ? 'waits for a person' : policy,
      sayValue(says),
    ]);
    const head = ['conflict', 'device', 'field', 'values', 'decided by', 'says'];
    answer({ conflicts: conflicts.map(conflictJson) }, table(head, rows, 'No conflicts.'));
    return undefined;
  },
};
