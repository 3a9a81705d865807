import { join } from 'node:path';
import { edgeNodeEnvironment, edgeNodeFlags } from '@selvedge/edge/config';
import type { ChildSpec } from '../adapters/fork/children.ts';
import type { ChildName } from '../engines/supervisor/supervisor.ts';
import type { Ports } from '../port-table.ts';
import { linkUrl, portEnv, tierEnv } from '../tier-env.ts';

export interface UpPlan {
  readonly data: string;
  readonly ports: Ports;
  /** Folder of the built console; empty: none. */
  readonly consoleDir: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the scripts are. */
  readonly scripts: Readonly<Record<ChildName, string>>;
}

export const nodeId = 'edge-1';

/** Where the edge keeps its certificate; there is one once it has enrolled. */
export const edgeCertificate = (data: string): string => join(data, 'edge', 'identity', 'certificate.pem');

export const logFileOf = (data: string, name: ChildName): string => join(data, 'run', `${name}.log`);

/**
 * How each child is started. What a person set in the environment wins over what `up` decides, except for the folder,
 * and for the link where the demo wants to cut it.
 */
export function childSpec(
  name: ChildName,
  plan: UpPlan,
  link: { readonly port: number; readonly token: string | undefined },
): ChildSpec {
  const { data, ports } = plan;
  const env = tierEnv(plan.env);
  const logFile = logFileOf(data, name);
  const script = plan.scripts[name];
  switch (name) {
    case 'cloud':
      return {
        script,
        args: [],
        logFile,
        env: {
          ...portEnv.cloud(ports),
          SELVEDGE_CLOUD_CONSOLE_DIR: plan.consoleDir,
          ...env,
          SELVEDGE_CLOUD_DATA: join(data, 'cloud'),
        },
      };
    case 'edge':
      return {
        script,
        args: [],
        nodeFlags: edgeNodeFlags,
        logFile,
        env: {
          SELVEDGE_EDGE_NODE_ID: nodeId,
          ...edgeNodeEnvironment,
          ...portEnv.edge(ports),
          ...(link.port === ports.link ? {} : { SELVEDGE_EDGE_LINK_RETRY_MAX: demoRetryMax }),
          ...env,
          SELVEDGE_EDGE_DATA: join(data, 'edge'),
          ...(link.port === ports.link ? {} : { SELVEDGE_EDGE_LINK_URL: linkUrl(link.port) }),
          ...(link.token === undefined ? {} : { SELVEDGE_EDGE_LINK_TOKEN: link.token }),
        },
      };
    case 'demo': {
      const mqtt = `mqtt://127.0.0.1:${env['SELVEDGE_EDGE_MQTT_PORT'] ?? ports.mqtt}`;
      return { script, args: ['device', 'simulate', '--mqtt', mqtt, '--data', data], logFile, env };
    }
  }
}

/** Whoever watches the demo need not wait as long as a real site does. */
const demoRetryMax = '5s';

/** The ports in force: a person may move single ones by the settings of the tiers. */
export function portsInForce(ports: Ports, env: Readonly<Record<string, string | undefined>>): Ports {
  const from = (name: string, otherwise: number): number => {
    const given = Number(env[name]);
    return env[name] !== undefined && Number.isInteger(given) ? given : otherwise;
  };
  return {
    ...ports,
    api: from('SELVEDGE_CLOUD_API_PORT', ports.api),
    link: from('SELVEDGE_CLOUD_LINK_PORT', ports.link),
    mqtt: from('SELVEDGE_EDGE_MQTT_PORT', ports.mqtt),
    mqtts: from('SELVEDGE_EDGE_MQTT_TLS_PORT', ports.mqtts),
    mqttWebSocket: from('SELVEDGE_EDGE_MQTT_WS_PORT', ports.mqttWebSocket),
    coap: Number(/:(\d+)(?:,|$)/.exec(env['SELVEDGE_EDGE_COAP_UDP'] ?? '')?.[1] ?? ports.coap),
    edgeHttp: from('SELVEDGE_EDGE_HTTP_PORT', ports.edgeHttp),
  };
}
