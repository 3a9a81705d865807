import type { ConfigurationVersion } from '../nodes/node-configuration.tsx';

const hour = 3_600_000;

/** What became of what `edge-hall` was given to be; the other was never configured from here. */
export function fakeVersions(node: string, now: number): readonly ConfigurationVersion[] {
  if (node !== 'edge-hall') return [];
  const by = 'operator:ada';
  return [
    {
      version: 3,
      phase: 'returned',
      why: 'trial: MQTT cannot listen on port 80: permission denied',
      by,
      proposedAt: now - hour,
      settings: { mqtt: { port: 80 } },
    },
    {
      version: 2,
      phase: 'confirmed',
      why: null,
      by,
      proposedAt: now - 30 * hour,
      settings: { window: { period: '30s' }, intake: { topicMaps: [{ topic: 'plant/+/state', device: 1 }] } },
    },
    { version: 1, phase: 'superseded', why: null, by, proposedAt: now - 31 * hour, settings: null },
  ];
}
