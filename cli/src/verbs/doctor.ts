import { join } from 'node:path';
import { certificateAt, certificateOf, diskOf, isPortFree } from '../adapters/machine/probe.ts';
import { askControl } from '../adapters/socket/control.ts';
import type { AuditView, HealthView, NodeView } from '../cloud-views.ts';
import {
  type Check,
  checkAudit,
  checkBacklog,
  checkCertificates,
  checkClock,
  checkCloud,
  checkDisk,
  checkLink,
  checkNode,
  checkPorts,
  checkVersions,
  type PortFact,
} from '../engines/doctor/checks.ts';
import { exitCodes } from '../exit.ts';
import { type Ports, portsFrom } from '../port-table.ts';
import type { CloudApi } from '../ports.ts';
import { builtAt, software } from '../software.ts';
import { alignColumns } from '../text/columns.ts';
import { edgeCertificate } from '../up/child-specs.ts';
import type { UpStatus } from '../up/control-handler.ts';
import type { Verb, VerbContext } from '../verb.ts';

export const doctor: Verb = {
  path: ['doctor'],
  summary: 'Look at everything that can be wrong, and say what to do.',
  arguments: [],
  options: {},
  examples: ['selvedge doctor', "selvedge doctor --json | jq '.checks[] | select(.ok == false)'"],
  talks: true,
  async run(context) {
    const checks = await examine(context);
    const healthy = checks.every((one) => one.ok !== false);
    answerChecks(checks, healthy, context);
    return healthy ? exitCodes.done : exitCodes.failed;
  },
};

async function examine(context: VerbContext): Promise<readonly Check[]> {
  const { clock, data } = context;
  const running = await upStatus(context);
  const ports = running?.ports ?? portsFrom(context.portBase);
  let api: CloudApi | undefined;
  let why = '';
  const ask = async <Answer>(question: (api: CloudApi) => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      api ??= context.cloud();
      return await question(api);
    } catch (cause) {
      why = [cause instanceof Error ? cause.message : String(cause), context.ended].filter(Boolean).join('; ');
      return undefined;
    }
  };
  const health = await ask((cloud) => cloud.get<HealthView>('/healthz'));
  const reason = why;
  const ahead = health && (await ask((cloud) => cloud.clockAhead()));
  const nodes = health && (await ask((cloud) => cloud.get<{ nodes: readonly NodeView[] }>('/v1/nodes')))?.nodes;
  const audit = health && (await ask((cloud) => cloud.get<AuditView>('/v1/audit')));
  const now = clock.wall();
  return [
    checkNode(process.versions.node),
    checkPorts(await portFacts(ports, running, health !== undefined)),
    checkDisk(await diskOf(data)),
    checkClock(now, builtAt, ahead),
    checkCloud(health, api?.url ?? '', reason),
    checkVersions(software, health),
    checkCertificates(await certificates(data, ports), now),
    checkLink(nodes),
    checkBacklog(nodes, now),
    checkAudit(audit),
  ];
}

async function upStatus(context: VerbContext): Promise<UpStatus | undefined> {
  const said = await askControl(context, { ask: 'status' }).catch(() => undefined);
  return said?.ok ? (said.answer as UpStatus) : undefined;
}

const holders: readonly { name: string; of: keyof Ports; child: 'cloud' | 'edge' }[] = [
  { name: 'API and console', of: 'api', child: 'cloud' },
  { name: 'link', of: 'link', child: 'cloud' },
  { name: 'MQTT', of: 'mqtt', child: 'edge' },
  { name: 'MQTTS', of: 'mqtts', child: 'edge' },
  { name: 'MQTT/WebSocket', of: 'mqttWebSocket', child: 'edge' },
  { name: 'edge HTTP', of: 'edgeHttp', child: 'edge' },
];

/** A port is ours when the `up` of this data folder runs what should hold it, or when our cloud answers there. */
function portFacts(ports: Ports, running: UpStatus | undefined, cloudAnswers: boolean): Promise<readonly PortFact[]> {
  return Promise.all(
    holders.map(async ({ name, of, child }) => {
      const port = ports[of];
      if (await isPortFree(port)) return { name, port, state: 'free' as const };
      const ours = running ? running.children[child].phase === 'running' : child === 'cloud' && cloudAnswers;
      return { name, port, state: ours ? ('ours' as const) : ('taken' as const) };
    }),
  );
}

async function certificates(data: string, ports: Ports) {
  const found = await Promise.all([
    certificateAt('link', '127.0.0.1', ports.link),
    certificateOf('edge', edgeCertificate(data)),
    certificateOf('authority', join(data, 'edge', 'identity', 'authority.pem')),
  ]);
  return found.filter((one) => one !== undefined);
}

function answerChecks(checks: readonly Check[], healthy: boolean, { answer }: VerbContext): void {
  const mark = { true: '✓', false: '✗', null: '?' } as const;
  const rows = checks.map((one) => [mark[String(one.ok) as 'true'], one.check, one.found]);
  const advice = checks.filter((one) => one.advice !== '').map((one) => `  ${one.check}: ${one.advice}\n`);
  const end = healthy ? 'Nothing is wrong.\n' : `What to do:\n${advice.join('')}`;
  answer({ healthy, checks }, alignColumns(rows) + end);
}
