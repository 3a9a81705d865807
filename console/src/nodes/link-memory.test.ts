import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Interval, NodeView } from '../api/views.ts';
import { heldRecords, type LinkMemory, linkPhase, rememberLink } from './link-memory.ts';

interface Look {
  readonly online: boolean;
  readonly lastSeen: number;
  readonly held: readonly Interval[];
  readonly reportAt: number;
  readonly head: number;
  readonly pending: number;
}

function node(look: Look, epoch = 'aaaaaaaaaaaa'): NodeView {
  const journal = { sizeBytes: 1, firstOffset: 0, headOffset: look.head, pending: look.pending, expired: 0 };
  const counts = { clients: 1, devices: 1, readingsTotal: 1, quarantinedTotal: 0, refusedTotal: 0, unmappedTotal: 0 };
  const report = { time: look.reportAt, startedAt: 0, mode: 'online' as const, ...counts, journal, memoryBytes: 1 };
  return {
    id: 'edge-1',
    epoch,
    online: look.online,
    firstSeen: 0,
    lastSeen: look.lastSeen,
    acknowledged: look.held,
    report,
  };
}

const steady: Look = { online: true, lastSeen: 1_000, held: [[0, 100]], reportAt: 1_000, head: 104, pending: 4 };
const away: Look = { ...steady, online: false };
const returned: Look = { ...steady, lastSeen: 21_000 };
const backlog: Look = { online: true, lastSeen: 22_000, held: [[0, 400]], reportAt: 22_000, head: 900, pending: 500 };
const almost: Look = {
  ...backlog,
  held: [
    [0, 880],
    [890, 950],
  ],
  reportAt: 24_000,
  head: 960,
  pending: 20,
};
const whole: Look = { ...almost, held: [[0, 930]], reportAt: 26_000, head: 970, pending: 40 };

function story(looks: readonly Look[]): { memory: LinkMemory; phases: string[] } {
  let memory: LinkMemory | undefined;
  const phases: string[] = [];
  for (const look of looks) {
    memory = rememberLink(memory, node(look), look.lastSeen + 50);
    phases.push(linkPhase(memory, node(look)));
  }
  return { memory: memory!, phases };
}

test('console: a cut-off node is seen offline, catching up and caught up, in this order [CON-7]', () => {
  const { memory, phases } = story([steady, away, away, returned, backlog, almost, whole]);
  assert.deepEqual(phases, ['online', 'offline', 'offline', 'catching-up', 'catching-up', 'catching-up', 'caught-up']);
  assert.deepEqual(
    memory.happened.map((one) => one.kind),
    ['caught-up', 'back', 'cut'],
  );
});

test('console: caught up means that all the node kept is here, not that nothing new is on its way [CON-7]', () => {
  const { memory } = story([steady, away, returned, backlog]);
  assert.deepEqual(memory.catchUp?.target, 900);
  assert.equal(rememberLink(memory, node(almost), 24_000).catchUp?.target, 900);
  assert.equal(rememberLink(memory, node(whole), 26_000).catchUp, null, 'offsets from 930 on are live data');
});

test('console: how far the catching up is grows and never exceeds what there is [CON-7]', () => {
  const { memory } = story([steady, away, returned, backlog, almost]);
  assert.deepEqual([memory.catchUp?.done, memory.catchUp?.total], [840, 860]);
});

test('console: a node that comes back with its report is counted at once [CON-7]', () => {
  const { memory, phases } = story([steady, away, { ...backlog, held: [[0, 100]] }]);
  assert.deepEqual(phases, ['online', 'offline', 'catching-up']);
  assert.deepEqual([memory.catchUp?.target, memory.catchUp?.done, memory.catchUp?.total], [900, 0, 500]);
});

test('console: a new journal of the node begins a new memory [CON-7]', () => {
  const { memory } = story([steady, away]);
  const other = rememberLink(memory, node(steady, 'bbbbbbbbbbbb'), 0);
  assert.equal(other.happened.length, 0);
  assert.equal(linkPhase(other, node(steady, 'bbbbbbbbbbbb')), 'online');
});

test('console: a page opened in the middle still says offline since when, and catching up [CON-7]', () => {
  assert.equal(story([away]).memory.offlineSince, 1_000);
  assert.deepEqual(story([{ ...backlog, pending: 5_000 }]).phases, ['catching-up']);
});

test('console: held records are counted over all ranges [CON-7]', () => {
  assert.equal(
    heldRecords([
      [0, 10],
      [20, 25],
    ]),
    15,
  );
  assert.equal(
    heldRecords(
      [
        [0, 10],
        [20, 25],
      ],
      22,
    ),
    12,
  );
  assert.equal(heldRecords([]), 0);
});
