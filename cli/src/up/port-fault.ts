import { Fault } from '@selvedge/kernel';
import type { ChildFailure } from '../engines/supervisor/supervisor.ts';
import type { Ports } from '../port-table.ts';

const holders: Readonly<Record<keyof Ports, readonly [what: string, setting: string]>> = {
  api: ['API and console', 'SELVEDGE_CLOUD_API_PORT=N'],
  link: ['the link', 'SELVEDGE_CLOUD_LINK_PORT=N'],
  mqtt: ['MQTT', 'SELVEDGE_EDGE_MQTT_PORT=N'],
  mqtts: ['MQTTS', 'SELVEDGE_EDGE_MQTT_TLS_PORT=N'],
  mqttWebSocket: ['MQTT over WebSocket', 'SELVEDGE_EDGE_MQTT_WS_PORT=N'],
  coap: ['CoAP', 'SELVEDGE_EDGE_COAP_UDP=127.0.0.1:N'],
  edgeHttp: ['the pages of the edge', 'SELVEDGE_EDGE_HTTP_PORT=N'],
};

/** What a person who started everything at once can do about a taken port; undefined for any other failure. */
export function portFault(failure: ChildFailure & { readonly port?: unknown }, ports: Ports): Fault | undefined {
  if (!failure.code?.endsWith('PORT_TAKEN') || typeof failure.port !== 'number') return undefined;
  const { code, port } = failure;
  const found = Object.entries(holders).find(([name]) => ports[name as keyof typeof holders] === port);
  if (!found) return undefined;
  const [name, [what, setting]] = found;
  const sockets = name === 'coap' ? 'ss -lunp' : 'ss -ltnp';
  const hint = `${sockets} 'sport = :${port}' shows who holds it. Stop that, or move ours: ${setting} this one, --port-base N all.`;
  return new Fault(code, { hint, retry: 'later' }, `port ${port}, which ${what} needs, is taken`, { port });
}
