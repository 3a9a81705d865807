import { type Ports, portsFrom } from './port-table.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** Variables that are the command line's own, though their names begin like those of a tier's settings. */
const ours = new Set(['SELVEDGE_CLOUD_URL']);

/** The environment as a tier may see it: a tier refuses names under its prefix that it does not know. */
export const tierEnv = (env: Env): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name)));

/** The settings of the tiers that move their ports. */
export const portEnv = {
  cloud: (ports: Ports): Record<string, string> => ({
    SELVEDGE_CLOUD_API_PORT: String(ports.api),
    SELVEDGE_CLOUD_LINK_PORT: String(ports.link),
  }),
  edge: (ports: Ports): Record<string, string> => ({
    SELVEDGE_EDGE_MQTT_PORT: String(ports.mqtt),
    SELVEDGE_EDGE_MQTT_TLS_PORT: String(ports.mqtts),
    SELVEDGE_EDGE_MQTT_WS_PORT: String(ports.mqttWebSocket),
    SELVEDGE_EDGE_COAP_UDP: `127.0.0.1:${ports.coap}`,
    SELVEDGE_EDGE_HTTP_PORT: String(ports.edgeHttp),
    SELVEDGE_EDGE_LINK_URL: linkUrl(ports.link),
  }),
} as const;

/** What `--port-base` means for one tier: its settings, where the environment has none of them. */
export const movedEnv = (tier: keyof typeof portEnv, portBase: number | undefined, env: Env): Env => ({
  ...(portBase === undefined ? {} : portEnv[tier](portsFrom(portBase))),
  ...tierEnv(env),
});

/** Where the cloud of this machine takes links. */
export const linkUrl = (port: number): string => `wss://127.0.0.1:${port}/link`;
