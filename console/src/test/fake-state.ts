import type { AlertView, AuditView, CommandView, FeedEvent, Interval, NodeView } from '../api/views.ts';
import { deviceView, fakeDevices, valuesAt } from './fake-fleet.ts';
import { bridges, linkUse } from './fake-link.ts';
import { fakeTwin } from './fake-twin.ts';

const epochs: Readonly<Record<string, string>> = { 'edge-hall': '3fa90c1e77b2', 'edge-yard': 'b81d24f06c3a' };

/** The cloud's knowledge, as a script moves it. Publishes what changes like the feed would. */
export function fakeState(deviceCount: number, publish: (event: FeedEvent) => void) {
  const startedAt = Date.now();
  const devices = fakeDevices(deviceCount);
  const byId = new Map(devices.map((device) => [device.id, device]));
  const totals = new Map(devices.map(({ id }) => [id, 259_200]));
  const alerts = new Map(firstAlerts(startedAt).map((alert) => [alert.id, alert]));
  const commands = new Map(firstCommands(startedAt).map((command) => [command.id, command]));
  const nodes = new Map(
    ['edge-hall', 'edge-yard'].map((id) => [
      id,
      firstNode(id, startedAt, devices.filter(({ node }) => node === id).length),
    ]),
  );
  const seenAt = new Map(
    devices.map(({ id, node }) => [id, id === 'field-06' && node === 'edge-yard' ? startedAt - 1_260_000 : startedAt]),
  );

  const setNode = (id: string, change: Partial<NodeView>): void => {
    const node = { ...nodes.get(id)!, ...change };
    nodes.set(id, node);
    publish({ kind: 'node', data: node });
  };
  const setCommand = (id: string, change: Partial<CommandView>): void => {
    const command = { ...commands.get(id)!, ...change };
    commands.set(id, command);
    publish({ kind: 'command', data: command });
  };

  return {
    devices,
    byId,
    alerts,
    commands,
    nodes,
    view: (id: string) => {
      const device = byId.get(id);
      const active = [...alerts.values()].filter((alert) => alert.device === id && alert.state === 'active').length;
      return device && deviceView(device, startedAt, seenAt.get(id)!, active);
    },
    /** One reading of each device whose node is linked. */
    beat(now: number): void {
      for (const [id, node] of nodes)
        if (node.online) setNode(id, { lastSeen: now, report: { ...node.report!, time: now } });
      for (const device of devices) {
        if (!nodes.get(device.node)!.online || device.id === 'field-06') continue;
        const readingsTotal = totals.get(device.id)! + 1;
        totals.set(device.id, readingsTotal);
        seenAt.set(device.id, now);
        publish({
          kind: 'reading',
          data: { device: device.id, node: device.node, takenAt: now, values: valuesAt(device, now), readingsTotal },
        });
      }
    },
    setNode,
    /** Of every device the same, for one life of the cloud. */
    twin: fakeTwin('press-03'),
    changeAlert(id: string, state: 'acknowledged' | 'cleared'): AlertView | undefined {
      const alert = alerts.get(id);
      if (!alert) return undefined;
      const now = Date.now();
      const changed: AlertView = {
        ...alert,
        state,
        ...(state === 'acknowledged' ? { acknowledgedAt: now, acknowledgedBy: 'operator' } : { clearedAt: now }),
      };
      alerts.set(id, changed);
      publish({ kind: 'alert', data: changed });
      return changed;
    },
    raise(alert: AlertView): void {
      alerts.set(alert.id, alert);
      publish({ kind: 'alert', data: alert });
    },
    /** Takes an order and walks it to its end like a device that answers. */
    order(
      device: string,
      name: string,
      seconds: number,
      values: CommandView['arguments'],
      stepMs: number,
    ): CommandView {
      const now = Date.now();
      const id = `c-${commands.size + 1}`;
      const command: CommandView = {
        ...emptyCommand,
        id,
        device,
        node: byId.get(device)!.node,
        name,
        arguments: values,
        issuedAt: now,
        expiresAt: now + seconds * 1_000,
      };
      commands.set(id, command);
      publish({ kind: 'command', data: command });
      const steps: readonly Partial<CommandView>[] = [
        { state: 'sent', sentAt: now + stepMs },
        { state: 'delivered', deliveredAt: now + 2 * stepMs },
        { state: 'done', endedAt: now + 3 * stepMs, result: { accepted: true, speed: 0.5 } },
      ];
      for (const [index, step] of steps.entries()) setTimeout(() => setCommand(id, step), (index + 1) * stepMs).unref();
      return command;
    },
    audit(now: number): AuditView {
      return auditOf(
        [...nodes.values()],
        devices.map(({ id, node }) => ({ id, node, count: totals.get(id)! })),
        now,
      );
    },
  };
}

export type FakeState = ReturnType<typeof fakeState>;

function firstNode(id: string, now: number, devices: number): NodeView {
  const isYard = id === 'edge-yard';
  const head = isYard ? 4_812_330 : 9_204_118;
  const pending = isYard ? 2 : 7;
  return {
    id,
    epoch: epochs[id]!,
    online: true,
    firstSeen: now - 3 * 86_400_000,
    lastSeen: now,
    acknowledged: [[0, head - pending]],
    report: {
      time: now,
      startedAt: now - (isYard ? 260_000_000 : 92_000_000),
      mode: 'online',
      clients: devices,
      devices,
      readingsTotal: head - 1_200,
      quarantinedTotal: isYard ? 1 : 3,
      refusedTotal: 0,
      unmappedTotal: isYard ? 0 : 14,
      journal: { sizeBytes: isYard ? 92_274_688 : 187_170_816, firstOffset: 0, headOffset: head, pending, expired: 0 },
      memoryBytes: isYard ? 96_468_992 : 104_857_600,
      link: linkUse(isYard),
      ...(isYard ? {} : { bridges }),
    },
  };
}

/** The node's view with `held` records at the cloud and `pending` more at the edge. */
export function withJournal(node: NodeView, held: number, pending: number, now: number): Partial<NodeView> {
  const acknowledged: readonly Interval[] = [[0, held]];
  const journal = { ...node.report!.journal, headOffset: held + pending, pending };
  return { online: true, lastSeen: now, acknowledged, report: { ...node.report!, time: now, journal } };
}

const emptyCommand = {
  origin: 'operator',
  reason: '',
  state: 'queued',
  sentAt: null,
  deliveredAt: null,
  endedAt: null,
  result: null,
} as const;

function firstCommands(now: number): readonly CommandView[] {
  const past = (id: string, name: string, ago: number, change: Partial<CommandView>): CommandView => ({
    ...emptyCommand,
    id,
    device: 'press-03',
    node: 'edge-hall',
    name,
    arguments: {},
    issuedAt: now - ago,
    expiresAt: now - ago + 60_000,
    sentAt: now - ago + 40,
    deliveredAt: now - ago + 60,
    endedAt: now - ago + 140,
    state: 'done',
    ...change,
  });
  return [
    past('c-1', 'throttle', 260_000, { origin: 'rule:hot-throttle', result: { speed: 0.6 } }),
    past('c-2', 'set-speed', 1_900_000, { state: 'failed', result: 'speed 1.4 is above the limit of 1.0' }),
    past('c-3', 'restart', 5_400_000, { state: 'expired', deliveredAt: null, endedAt: now - 5_340_000 }),
    past('c-4', 'throttle', 9_100_000, { result: { speed: 0.5 } }),
  ];
}

function firstAlerts(now: number): readonly AlertView[] {
  const rows = [
    [
      'press-03',
      'edge-hall',
      'hot-shutdown',
      'critical',
      'temperature',
      91.5,
      'temperature 91.5 is above 85',
      12,
      254_000,
      6_000,
    ],
    [
      'junction-02',
      'edge-hall',
      'pressure-high',
      'major',
      'pressure',
      5.912,
      'pressure 5.912 is above 5.8',
      3,
      610_000,
      42_000,
    ],
    [
      'press-06',
      'edge-hall',
      'unusual',
      'minor',
      'vibration',
      4.18,
      'vibration 4.18 is unusual: 3.4 deviations from its mean of 2.41',
      1,
      95_000,
      95_000,
    ],
    [
      'field-04',
      'edge-yard',
      'battery-low',
      'info',
      'battery',
      3.402,
      'battery 3.402 is below 3.45',
      7,
      7_200_000,
      300_000,
    ],
    [
      'press-01',
      'edge-hall',
      'hot',
      'major',
      'temperature',
      81.9,
      'temperature 81.9 is above 80',
      2,
      15_000_000,
      14_000_000,
    ],
    [
      'junction-05',
      'edge-hall',
      'flow-lost',
      'critical',
      'flow',
      0.4,
      'flow 0.4 is below 5',
      31,
      90_000_000,
      88_000_000,
    ],
  ] as const;
  return rows.map(([device, node, rule, severity, metric, value, message, count, raised, last], index) => ({
    id: `3fa90c1e77b2-${900_000 + index}-${rule}`,
    node,
    device,
    rule,
    type: rule === 'unusual' ? 'anomaly' : 'threshold',
    severity,
    metric,
    value,
    score: rule === 'unusual' ? 0.86 : null,
    message,
    state: index < 4 ? 'active' : index === 4 ? 'acknowledged' : 'cleared',
    count,
    raisedAt: now - raised,
    lastAt: now - last,
    acknowledgedAt: index < 4 ? null : now - 13_900_000,
    acknowledgedBy: index < 4 ? null : 'operator',
    clearedAt: index === 5 ? now - 80_000_000 : null,
    data: { [metric]: value },
  }));
}

function auditOf(
  nodes: readonly NodeView[],
  devices: readonly { id: string; node: string; count: number }[],
  now: number,
): AuditView {
  const audited = nodes.map((node) => {
    const own = devices.filter((device) => device.node === node.id);
    const stored = own.reduce((sum, { count }) => sum + count, 0);
    const held = node.acknowledged[0]![1];
    const headHash = 'c41f09a7de2280b5f3c6a1907be4d2188f0a36c95d7e41b2a80c9f13e6d57b04';
    const rows = own.slice(0, 60).map(({ id, count }) => {
      const quarantined = id === 'press-03' ? 1 : 0;
      return {
        source: id,
        received: count + quarantined,
        refused: 0,
        duplicates: 0,
        quarantined,
        journaled: count,
        stored: count,
        folded: 0,
        withheld: 0,
        expired: 0,
      };
    });
    return {
      node: node.id,
      epoch: node.epoch,
      online: node.online,
      edge: node.online ? { head: held, headHash, pending: node.report!.journal.pending } : null,
      store: {
        node: node.id,
        epoch: node.epoch,
        held: node.acknowledged,
        broken: [],
        records: held,
        readings: stored,
        stored,
        lost: 0,
        doubled: 0,
        altered: 0,
        duplicates: node.id === 'edge-hall' ? 42 : 0,
        expired: 0,
        local: 0,
        headHash,
        closings: { judged: 60, imbalances: [] },
        rows,
      },
      findings: [],
    };
  });
  const isComplete = nodes.every(({ online }) => online);
  const pending = audited.reduce((sum, { edge }) => sum + (edge?.pending ?? 0), 0);
  return {
    balanced: true,
    complete: isComplete,
    lost: 0,
    doubled: 0,
    altered: 0,
    pending,
    expired: 0,
    at: now,
    nodes: audited,
  };
}
