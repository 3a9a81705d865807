import { proposedVersion } from '../../engines/configuration/fold-version.ts';
import { newSaga } from '../../engines/saga/plan.ts';
import type { SagaRunner } from '../../engines/saga/run-sagas.ts';
import type { Configurations, ConfigurationView, SagaPlan, Sagas } from '../../ports.ts';

const at = 1_764_000_000_000;
const latest = proposedVersion('n1', 3, { settings: { window: { period: '30s' } }, by: 'operator:ada' }, at);
const configuration: ConfigurationView = {
  node: 'n1',
  version: 3,
  latest,
  good: { version: 2, digest: latest.digest, settings: {} },
  heardAt: at,
};

/** Configurations of the one node that there is, at version 3. */
export const scriptedConfigurations = (told: unknown[][]): Configurations => ({
  find: async (node) => (node === 'n1' ? configuration : undefined),
  version: async (node, version) => (node === 'n1' && version === 3 ? latest : undefined),
  proposed: async () => undefined,
  history: async () => [latest],
  async propose(node, proposal) {
    told.push(['propose', node, proposal]);
    if (node !== 'n1') return { kind: 'refused', code: 'NODE_UNKNOWN', why: `there is no node ${node}` };
    if (proposal.expected === 3) return { kind: 'done', view: configuration };
    return { kind: 'refused', code: 'CONFIGURATION_CHANGED', why: 'it has version 3' };
  },
  heard: async () => undefined,
  due: async () => undefined,
});

const plan: SagaPlan = {
  name: 'move the limit',
  steps: [
    {
      name: 'flush',
      do: { kind: 'command', device: 'd', command: 'flush', arguments: {}, expiresInSeconds: 60 },
      undo: null,
    },
    { name: 'limit', do: { kind: 'configure', node: 'n1', settings: {} }, undo: { kind: 'restore' } },
  ],
  within: 60_000,
  retriesMax: 2,
};
const saga = newSaga('s1', plan, 'operator:ada', at);

export const scriptedSagas = (): Sagas => ({
  create: async () => true,
  find: async (id) => (id === 's1' ? saga : undefined),
  list: async () => [saga],
  save: async () => true,
  history: async () => [{ sequence: 8, at, what: 'doing', step: 0, attempt: 1, why: null }],
});

export const scriptedRunner = (told: unknown[][]): Pick<SagaRunner, 'begin' | 'cancel'> => ({
  async begin(id, given, by) {
    told.push(['begin', id, given, by]);
    return id === 'full' ? undefined : newSaga(id, given, by, at);
  },
  cancel: async (id) => (id === 's1' ? { ...saga, direction: 'back' } : undefined),
});
