import { type LogFields, logTo, minutes, seededEntropy } from '@selvedge/kernel';
import { attempts } from '../../engines/admission/attempts.ts';
import { audit } from '../../engines/proof/run-audit.ts';
import { manualClock, testTime } from '../../manual-clock.fixture.ts';
import { cloudMetrics } from '../../metrics.ts';
import type { AlertView, CommandView, DeviceView, NodeView, Store, StoreAudit } from '../../ports.ts';
import type { ApiOptions, ApiWorld } from './api-world.ts';
import { guard } from './guard.ts';
import { scriptedConfigurations, scriptedRunner, scriptedSagas } from './sagas.fixture.ts';
import { buildApi } from './server.ts';
import { scriptedTwins } from './twins.fixture.ts';

export const node: NodeView = {
  id: 'n1',
  epoch: '0123456789ab',
  online: true,
  firstSeen: testTime - 10_000,
  lastSeen: testTime,
  acknowledged: [[0, 10]],
  report: null,
};

export const device: DeviceView = {
  id: 'pump 7/ä',
  node: 'n1',
  name: 'pump 7',
  type: 'machine',
  firstSeen: testTime - 10_000,
  lastSeen: testTime,
  online: true,
  readingsTotal: 10,
  alertsActive: 1,
  latest: { temperature: 91.5, open: true, mode: 'auto' },
  latestAt: testTime,
};

export const alert: AlertView = {
  id: '0123456789ab-4-hot',
  node: 'n1',
  device: device.id,
  rule: 'hot',
  type: 'threshold',
  severity: 'major',
  metric: 'temperature',
  value: 91.5,
  score: null,
  message: 'temperature 91.5 is above 80',
  state: 'active',
  count: 1,
  raisedAt: testTime - 5_000,
  lastAt: testTime,
  acknowledgedAt: null,
  acknowledgedBy: null,
  clearedAt: null,
  data: { temperature: 91.5 },
};

export const storeAudit: StoreAudit = {
  node: 'n1',
  epoch: node.epoch,
  held: [[0, 10]],
  broken: [],
  records: 10,
  readings: 10,
  stored: 10,
  lost: 0,
  doubled: 0,
  altered: 0,
  duplicates: 0,
  expired: 0,
  pruned: { logTo: 0, telemetryTo: 0, records: 0, readings: 0, aside: 0, at: 0, why: [] },
  local: 0,
  closings: { judged: 0, imbalances: [] },
  headHash: 'aa',
  rows: [],
};

/** The token that is good, and the code that signs in once. */
export const good = { token: 'good-token', code: 'good-code' };

/** A store that says what the constants above say, and keeps what it was told. */
export function scriptedStore() {
  const told: unknown[][] = [];
  const commands = new Map<string, CommandView>();
  const tokens = new Map([[good.token, 'ada']]);
  const codes = new Set([good.code]);
  const store: Store = {
    log: {
      owner: async () => undefined,
      held: async () => [],
      prunedTo: async () => 0,
      marks: async () => [],
      append: async () => undefined,
      setAside: async () => undefined,
      aside: async () => [],
      acknowledged: async () => [[0, 10]],
    },
    projections: { catchUp: async () => undefined },
    registry: {
      nodeSeen: async () => undefined,
      nodeReported: async () => undefined,
      nodeOnline: async () => undefined,
      nodes: async () => [node],
      timeCorrections: async () => [],
      node: async (id) => (id === node.id ? node : undefined),
      async devices(filter) {
        told.push(['devices', filter]);
        return { devices: [device], total: 1 };
      },
      device: async (id) => (id === device.id ? device : undefined),
    },
    telemetry: {
      async readings(id, range) {
        told.push(['readings', id, range]);
        return [
          {
            device: id,
            takenAt: testTime,
            receivedAt: testTime,
            values: { temperature: 91.5 },
            quality: 4,
            boot: 1,
            seq: 2,
          },
        ];
      },
      async series(id, metric, range) {
        told.push(['series', id, metric, range]);
        return [{ time: testTime, count: 1, min: 1, max: 1, mean: 1 }];
      },
      metrics: async () => ['temperature'],
      statistics: async () => [
        {
          windowFrom: 1,
          windowTo: 2,
          metrics: [{ metric: 'temperature', count: 10, mean: 1, min: 1, max: 1, deviation: 0 }],
        },
      ],
    },
    alerts: {
      raise: async () => undefined,
      async list(filter) {
        told.push(['alerts', filter]);
        return [alert];
      },
      find: async (id) => (id === alert.id ? alert : undefined),
      acknowledge: async (id, by, at) =>
        id === alert.id ? { ...alert, state: 'acknowledged', acknowledgedAt: at, acknowledgedBy: by } : undefined,
      async clear(id, by, at) {
        told.push(['clear', id, by]);
        return id === alert.id ? { ...alert, state: 'cleared', clearedAt: at } : undefined;
      },
    },
    commands: {
      async issue(command, of) {
        const waiting = {
          node: of,
          state: 'queued',
          sentAt: null,
          deliveredAt: null,
          endedAt: null,
          result: null,
        } as const;
        commands.set(command.id, { ...command, ...waiting });
        told.push(['issue', command.id]);
        return true;
      },
      find: async (id) => commands.get(id),
      list: async () => [...commands.values()],
      queued: async () => [],
      taken: async () => undefined,
      expire: async () => [],
    },
    quarantine: {
      list: async () => [
        {
          node: 'n1',
          source: 'd',
          topic: 't',
          receivedAt: 1,
          reason: 'payload-not-json',
          why: 'w',
          payload: 'e30=',
          payloadBytes: 2,
        },
      ],
      total: async () => 1,
    },
    twins: scriptedTwins(told),
    configurations: scriptedConfigurations(told),
    sagas: scriptedSagas(),
    retention: {
      use: async () => ({ fileBytes: 0, usedBytes: 0 }),
      bytesOf: async () => 0,
      prune: async () => ({ rows: 0, readings: 0, bytes: 0 }),
      giveBack: async () => 0,
    },
    auditor: {
      journals: async () => [{ node: 'n1', epoch: node.epoch }],
      store: async () => storeAudit,
      books: async () => noBooks,
    },
    access: {
      issueToken: async () => 'unused',
      async operatorOf(token) {
        const name = tokens.get(token);
        return name === undefined ? undefined : { name };
      },
      async issueSignIn(name, until) {
        told.push(['sign-in', name, until]);
        return 'a-code';
      },
      async signIn(code) {
        if (!codes.delete(code)) return undefined;
        tokens.set('cookie-token', 'grace');
        return 'cookie-token';
      },
      endToken: async (token) => void tokens.delete(token),
      async issueEnrolment(id, until) {
        told.push(['enrolment', id, until]);
        return 'a-secret-of-some-length';
      },
      useEnrolment: async () => undefined,
    },
  };
  return { store, told };
}

/** The API over that store, asked directly without a socket. */
export async function scriptedApi(change: Partial<ApiOptions> = {}) {
  const { store, told } = scriptedStore();
  const clock = manualClock();
  const lines: { event: string; fields: LogFields }[] = [];
  const world: ApiWorld & { answers: Map<string, unknown> } = {
    clock,
    entropy: seededEntropy(3),
    log: logTo((_level, event, fields) => void lines.push({ event, fields }), 'debug'),
    metrics: cloudMetrics(),
    store,
    answers: new Map(),
    sagas: scriptedRunner(told),
    audit: () => audit({ ...world, links: nodes }),
    links: {
      send(id) {
        told.push(['send', id]);
        return true;
      },
      configure: (id) => void told.push(['configure', id]),
      sendTwin: (id, frame) => void told.push(['twin', id, frame]),
    },
    fingerprint: 'f'.repeat(64),
    attempts: attempts({ failuresMax: 3, window: minutes(5), keysMax: 100 }),
    software: 'selvedge-cloud 0.1.0',
  };
  const nodes = {
    isOnline: (id: string) => world.answers.has(id),
    async ask(id: string) {
      const answer = world.answers.get(id);
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
  const options: ApiOptions = {
    host: '127.0.0.1',
    port: 0,
    origins: ['http://localhost:5173'],
    bodyMax: 10_000,
    consoleDir: '',
    enrolmentLife: minutes(60),
    signInLife: minutes(15),
    ...change,
  };
  const api = await buildApi(options, world, guard(store.access, options.origins));
  const bearer = { authorization: `Bearer ${good.token}` };
  return { api, world, store, told, clock, lines, bearer };
}

export type ScriptedApi = Awaited<ReturnType<typeof scriptedApi>>;

const noBooks = { judged: 0, judgedTo: 0, imbalances: [], open: [], more: false } as const;
