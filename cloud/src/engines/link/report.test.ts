import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readReport } from './report.ts';

const sound = {
  time: 2,
  startedAt: 1,
  mode: 'online',
  clients: 0,
  devices: 0,
  readingsTotal: 0,
  quarantinedTotal: 0,
  refusedTotal: 0,
  unmappedTotal: 0,
  memoryBytes: 0,
  journal: { sizeBytes: 0, firstOffset: 0, headOffset: 0, pending: 0, expired: 0 },
};
const way = { bridge: 'works', direction: 'readings', connected: true, inFlight: 2, behind: 7 };

test('report: the ways of bridges are read, and left out where they cannot be shown [LNK-18]', () => {
  const bridgesOf = (bridges: unknown): unknown => {
    const read = readReport({ ...sound, bridges });
    assert.ok(read.ok);
    return read.value.bridges;
  };
  const { behind: _, ...near } = way;
  assert.deepEqual(bridgesOf([way, near]), [way, near]);
  for (const odd of [
    undefined,
    way,
    [{ ...way, direction: 'up' }],
    [{ ...way, connected: 1 }],
    [{ ...way, behind: 'far' }],
    [{ ...way, bridge: 'x'.repeat(1_000) }],
    Array.from({ length: 1_000 }, () => way),
  ])
    assert.equal(bridgesOf(odd), undefined);
});
