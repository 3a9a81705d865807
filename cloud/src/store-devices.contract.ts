import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type Alert, type Command, type NodeReport, quality } from '@selvedge/protocol';
import type { OpenStore } from '../test/open-store.ts';
import { aNamed, aReading, shippedJournal, shipTime } from '../test/shipped-journal.ts';

const anAlert = (offset: number, about: Partial<Alert> = {}): Alert => ({
  id: `0123456789ab-${offset}-hot`,
  device: 'pump-7',
  rule: 'hot',
  type: 'threshold',
  severity: 'major',
  metric: 'temperature',
  value: 90,
  message: 'temperature 90',
  raisedAt: shipTime + offset,
  data: { temperature: 90 },
  ...about,
});

const aCommand = (id: string, about: Partial<Command> = {}): Command => ({
  id,
  device: 'pump-7',
  name: 'shutdown',
  arguments: { soft: true },
  issuedAt: shipTime,
  expiresAt: shipTime + 60_000,
  origin: 'operator',
  reason: 'test',
  ...about,
});

export function devicesContract(name: string, open: (t: TestContext) => Promise<OpenStore>): void {
  registryContract(name, open);
  alertsContract(name, open);
  commandsContract(name, open);
  test(`${name}: statistics, quarantine and ledger are kept once and can be asked for`, async (t) => {
    const { store, ship } = await open(t);
    const journal = shippedJournal();
    const metrics = [{ metric: 'temperature', count: 10, mean: 2, min: 1, max: 3, deviation: 0.5 }];
    const windows = [1, 2, 2].map((minute) => ({
      device: 'pump-7',
      windowFrom: (minute - 1) * 60_000,
      windowTo: minute * 60_000,
      metrics,
    }));
    const refused = {
      source: 'pump-7',
      topic: 't',
      receivedAt: shipTime,
      reason: 'payload-not-json',
      why: 'x',
      payload: 'eA==',
      payloadBytes: 1,
    };
    const row = { source: 'pump-7', received: 5, refused: 1, duplicates: 1, quarantined: 1, journaled: 2 };
    await ship(
      ...windows.map((window) => journal.record('statistics', window)),
      journal.record('quarantine', refused),
      journal.record('ledger', { from: 0, to: 1, rows: [row] }),
      journal.record('ledger', { from: 1, to: 2, rows: [row, { ...row, source: 'pump-8' }] }),
      journal.record('gap', { lane: 'low', from: 0, to: 3, count: 3, reason: 'age', at: shipTime }),
      journal.record('time', { from: 0, to: 3, by: -1_500, at: shipTime }),
      journal.record('time', { from: 3, to: 5, by: null, unknown: 'restarted', at: shipTime }),
    );
    assert.deepEqual(await store.registry.timeCorrections('edge-1', 10), [
      { epoch: journal.epoch, from: 3, to: 5, by: null, unknown: 'restarted', at: shipTime },
      { epoch: journal.epoch, from: 0, to: 3, by: -1_500, at: shipTime },
    ]);
    assert.deepEqual(await store.registry.timeCorrections('edge-2', 10), []);
    const found = await store.telemetry.statistics('pump-7', 10);
    assert.deepEqual(
      found.map(({ windowTo }) => windowTo),
      [120_000, 60_000],
    );
    assert.deepEqual(found[0]?.metrics, metrics);
    assert.deepEqual(await store.quarantine.list({ device: 'pump-7', limit: 5 }), [{ ...refused, node: 'edge-1' }]);
    assert.deepEqual([await store.quarantine.list({ device: 'x', limit: 5 }), await store.quarantine.total()], [[], 1]);
    const audit = await store.auditor.store('edge-1', journal.epoch);
    assert.deepEqual(audit.rows, [
      {
        source: 'pump-7',
        received: 10,
        refused: 2,
        duplicates: 2,
        quarantined: 2,
        journaled: 4,
        stored: 0,
        folded: 0,
        withheld: 0,
        expired: 0,
      },
      {
        source: 'pump-8',
        received: 5,
        refused: 1,
        duplicates: 1,
        quarantined: 1,
        journaled: 2,
        stored: 0,
        folded: 0,
        withheld: 0,
        expired: 0,
      },
    ]);
    assert.deepEqual([audit.broken, audit.records], [[], 9]);
  });
}

function registryContract(name: string, open: (t: TestContext) => Promise<OpenStore>): void {
  test(`${name}: a device is in the registry from its first reading on [CLD-20]`, async (t) => {
    const { store, ship, clock, events } = await open(t);
    const journal = shippedJournal();
    await ship(
      journal.readings(
        aNamed(1),
        aNamed(2),
        aReading({ device: 'fan_1', values: { on: true, note: 'x' }, quality: quality.analyse }),
      ),
    );
    await ship(
      journal.record('status', { device: 'pump-7', online: true, at: shipTime + 5_000, detail: { type: 'machine' } }),
    );
    clock.time = shipTime + 5_000;
    const pump = await store.registry.device('pump-7');
    assert.deepEqual(pump, {
      id: 'pump-7',
      node: 'edge-1',
      name: 'pump-7',
      type: 'machine',
      firstSeen: shipTime + 1_005,
      lastSeen: shipTime + 5_000,
      online: true,
      readingsTotal: 2,
      alertsActive: 0,
      latest: { temperature: 20.2, humidity: 42 },
      latestAt: shipTime + 2_000,
    });
    clock.time += 601_000;
    assert.equal((await store.registry.device('pump-7'))?.online, false);
    assert.equal(await store.registry.device('nobody'), undefined);
    const told = events.filter((event) => event.kind === 'reading').map((event) => event.data);
    assert.deepEqual(
      told
        .map(({ device, takenAt, readingsTotal }) => `${device} ${takenAt - shipTime} ${readingsTotal}`)
        .sort((one, other) => (one < other ? -1 : 1)),
      ['fan_1 0 1', 'pump-7 2000 2'],
    );
    // [ROU-27]
    assert.deepEqual(told.find(({ device }) => device === 'fan_1')?.marks, ['analyse']);
    assert.equal(told.find(({ device }) => device === 'pump-7')?.marks, undefined);
  });

  test(`${name}: devices are listed by id, filtered by text, type and node, and paged [CLD-20]`, async (t) => {
    const { store, ship } = await open(t);
    const one = shippedJournal('edge-1', 'aaaaaaaaaaaa');
    await ship(one.readings(...['p%1', 'Pump-2', 'p_3', 'fan-1'].map((device) => aReading({ device }))));
    await ship(shippedJournal('edge-2', 'bbbbbbbbbbbb').readings(aReading({ device: 'pump-9' })));
    const ids = async (filter: object) => {
      const { devices, total } = await store.registry.devices({ limit: 10, ...filter });
      return [devices.map((device) => device.id).join(' '), total];
    };
    assert.deepEqual(await ids({}), ['Pump-2 fan-1 p%1 p_3 pump-9', 5]);
    assert.deepEqual(await ids({ text: 'pump' }), ['Pump-2 pump-9', 2]);
    assert.deepEqual(await ids({ text: '%' }), ['p%1', 1]);
    assert.deepEqual(await ids({ text: '_' }), ['p_3', 1]);
    assert.deepEqual(await ids({ node: 'edge-2' }), ['pump-9', 1]);
    assert.deepEqual(await ids({ type: 'unknown', limit: 2, after: 'fan-1' }), ['p%1 p_3', 5]);
    assert.deepEqual(await ids({ type: 'machine' }), ['', 0]);
  });

  test(`${name}: nodes say what they reported and what is acknowledged of their journal`, async (t) => {
    const { store, ship, clock, events } = await open(t);
    const journal = shippedJournal();
    const report = { time: 1, readingsTotal: 7 } as NodeReport;
    await store.registry.nodeSeen('edge-1', '', shipTime);
    await store.registry.nodeSeen('edge-1', journal.epoch, shipTime + 1);
    await store.registry.nodeOnline('edge-1', true, shipTime + 2);
    clock.time = shipTime + 3;
    await store.registry.nodeReported('edge-1', report);
    await ship(journal.readings(aNamed(1)));
    const node = {
      id: 'edge-1',
      epoch: journal.epoch,
      online: true,
      firstSeen: shipTime,
      lastSeen: shipTime + 3,
      report,
    };
    assert.deepEqual(await store.registry.nodes(), [{ ...node, acknowledged: [[0, 1]] }]);
    await store.registry.nodeOnline('edge-1', false, shipTime + 9);
    assert.deepEqual((await store.registry.node('edge-1'))?.online, false);
    assert.equal(await store.registry.node('edge-2'), undefined);
    assert.equal(events.filter((event) => event.kind === 'node').length, 5);
  });
}

function alertsContract(name: string, open: (t: TestContext) => Promise<OpenStore>): void {
  test(`${name}: alerts are folded until they are cleared, and counted once [CLD-22, CLD-23, CLD-24]`, async (t) => {
    const { store, ship, events } = await open(t);
    const journal = shippedJournal();
    const one = journal.record('alert', anAlert(1));
    await ship(
      journal.readings(aNamed(1)),
      one,
      journal.record('alert', anAlert(2)),
      journal.record('alert', anAlert(2)),
    );
    const [raised] = await store.alerts.list({ state: 'active', limit: 10 });
    assert.deepEqual([raised?.id, raised?.count, raised?.lastAt], ['0123456789ab-1-hot', 2, shipTime + 2]);
    assert.equal((await store.registry.device('pump-7'))?.alertsActive, 1);
    const seen = await store.alerts.acknowledge(raised!.id, 'ann', shipTime + 3);
    assert.deepEqual([seen?.state, seen?.acknowledgedBy], ['acknowledged', 'ann']);
    assert.deepEqual(await store.alerts.acknowledge(raised!.id, 'bob', shipTime + 4), seen);
    await ship(journal.record('alert', anAlert(5)));
    assert.deepEqual((await store.alerts.find(raised!.id))?.count, 3);
    const cleared = await store.alerts.clear(raised!.id, 'ann', shipTime + 6);
    assert.deepEqual(await store.alerts.clear(raised!.id, 'bob', shipTime + 7), cleared);
    await ship(journal.record('alert', anAlert(8, { severity: 'critical' })));
    const all = await store.alerts.list({ device: 'pump-7', limit: 10 });
    assert.deepEqual(
      all.map(({ id, state, count }) => [id, state, count]),
      [
        ['0123456789ab-8-hot', 'active', 1],
        ['0123456789ab-1-hot', 'cleared', 3],
      ],
    );
    assert.equal(await store.alerts.acknowledge('none', 'ann', 1), undefined);
    const told = events
      .filter((event) => event.kind === 'alert')
      .map((event) => `${event.data.state} ${event.data.count}`);
    assert.deepEqual(told.slice(-4), ['acknowledged 2', 'acknowledged 3', 'cleared 3', 'active 1']);
  });
}

function commandsContract(name: string, open: (t: TestContext) => Promise<OpenStore>): void {
  test(`${name}: an operator's command is queued, sent, delivered and done, each told once [CLD-25, CLD-27]`, async (t) => {
    const { store, ship, events } = await open(t);
    const journal = shippedJournal();
    assert.equal(await store.commands.issue(aCommand('c1'), 'edge-1'), true);
    assert.equal(await store.commands.issue(aCommand('c1', { name: 'other' }), 'edge-1'), false);
    assert.deepEqual(
      (await store.commands.queued('edge-1')).map(({ id }) => id),
      ['c1'],
    );
    await store.commands.taken('c1', shipTime + 10);
    await store.commands.taken('c1', shipTime + 11);
    assert.deepEqual(await store.commands.queued('edge-1'), []);
    await ship(
      journal.record('command', aCommand('c1')),
      journal.record('commandState', { id: 'c1', device: 'pump-7', state: 'delivered', at: shipTime + 20 }),
      journal.record('commandState', {
        id: 'c1',
        device: 'pump-7',
        state: 'done',
        at: shipTime + 30,
        result: { rpm: 0 },
      }),
      journal.record('commandState', { id: 'c1', device: 'pump-7', state: 'sent', at: shipTime + 40 }),
    );
    assert.deepEqual(await store.commands.find('c1'), {
      ...aCommand('c1'),
      node: 'edge-1',
      state: 'done',
      sentAt: shipTime + 10,
      deliveredAt: shipTime + 20,
      endedAt: shipTime + 30,
      result: { rpm: 0 },
    });
    const told = events.filter((event) => event.kind === 'command').map((event) => event.data.state);
    assert.deepEqual(told.filter((state, i) => state !== told[i - 1]).at(-1), 'done');
    assert.deepEqual(told.slice(0, 2), ['queued', 'sent']);
  });

  test(`${name}: a rule's command appears when its intent arrives, once for all its replays [CLD-25]`, async (t) => {
    const { store, ship } = await open(t);
    const journal = shippedJournal();
    const intent = aCommand('0123456789ab-5-hot', { origin: 'rule:hot', name: 'throttle' });
    await ship(
      journal.record('commandState', { id: intent.id, device: 'pump-7', state: 'delivered', at: shipTime + 9 }),
      journal.record('command', intent),
      journal.record('command', intent),
    );
    const [only, ...others] = await store.commands.list({ device: 'pump-7', limit: 10 });
    assert.deepEqual(
      [only?.id, only?.state, only?.node, only?.origin, others.length],
      [intent.id, 'delivered', 'edge-1', 'rule:hot', 0],
    );
    assert.deepEqual(await store.commands.list({ device: 'other', limit: 10 }), []);
  });

  test(`${name}: what is overdue and not delivered expires, and the edge's own word corrects that [CLD-26]`, async (t) => {
    const { store, ship } = await open(t);
    const journal = shippedJournal();
    for (const id of ['c1', 'c2', 'c3']) await store.commands.issue(aCommand(id), 'edge-1');
    await store.commands.taken('c2', shipTime);
    await ship(journal.record('commandState', { id: 'c3', device: 'pump-7', state: 'delivered', at: shipTime }));
    assert.deepEqual(await store.commands.expire(shipTime + 59_999), []);
    const expired = await store.commands.expire(shipTime + 60_000);
    assert.deepEqual(expired.map(({ id, state }) => `${id} ${state}`).sort(), ['c1 expired', 'c2 expired']);
    assert.deepEqual(await store.commands.expire(shipTime + 70_000), []);
    await ship(journal.record('commandState', { id: 'c2', device: 'pump-7', state: 'done', at: shipTime + 50_000 }));
    const states = (await store.commands.list({ limit: 10 })).map(({ id, state }) => `${id} ${state}`).sort();
    assert.deepEqual(states, ['c1 expired', 'c2 done', 'c3 delivered']);
  });
}
