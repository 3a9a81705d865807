import type { AlertView, AuditView, CommandView, DeviceView, NodeView } from '../src/cloud-views.ts';

/** Answers of the API as the cloud gives them. */
export const deviceView: DeviceView = {
  id: 'pump-7',
  node: 'edge-1',
  name: 'Pump 7',
  type: 'pump',
  firstSeen: 1_764_000_000_000,
  lastSeen: 1_764_000_900_000,
  online: true,
  readingsTotal: 900,
  alertsActive: 1,
  latest: { temperature: 61.25, flowRate: 3, open: true },
  latestAt: 1_764_000_900_000,
};

export const alertView: AlertView = {
  id: '4f0c2a91b7de-118-temperature-high',
  node: 'edge-1',
  device: 'pump-7',
  rule: 'temperature-high',
  type: 'threshold',
  severity: 'major',
  metric: 'temperature',
  value: 91.5,
  score: null,
  message: 'temperature 91.5 is above 80',
  state: 'active',
  count: 3,
  raisedAt: 1_764_000_100_000,
  lastAt: 1_764_000_200_000,
  acknowledgedAt: null,
  acknowledgedBy: null,
  clearedAt: null,
};

export const commandView: CommandView = {
  id: 'c1',
  device: 'pump-7',
  node: 'edge-1',
  name: 'throttle',
  arguments: { percentMax: 50 },
  reason: 'too loud',
  origin: 'operator',
  state: 'queued',
  issuedAt: 1_764_000_000_000,
  expiresAt: Date.now() + 60_000,
  sentAt: null,
  deliveredAt: null,
  endedAt: null,
  result: null,
};

export const nodeView: NodeView = {
  id: 'edge-1',
  epoch: '4f0c2a91b7de',
  online: true,
  firstSeen: 1_764_000_000_000,
  lastSeen: 1_764_000_900_000,
  report: null,
};

export const auditView: AuditView = {
  balanced: true,
  complete: true,
  lost: 0,
  doubled: 0,
  altered: 0,
  pending: 2,
  expired: 0,
  pruned: 0,
  at: 1_764_000_900_000,
  nodes: [
    {
      node: 'edge-1',
      epoch: '4f0c2a91b7de',
      online: true,
      store: { records: 910, readings: 900, stored: 900, local: 5, closings: { judged: 12 } },
      findings: [],
    },
  ],
};
