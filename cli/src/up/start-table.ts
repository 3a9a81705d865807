import type { Ports } from '../port-table.ts';
import { alignColumns } from '../text/columns.ts';

export interface Started {
  readonly ports: Ports;
  readonly data: string;
  /** Where to sign in, once; absent without a console. */
  readonly signInUrl: string | undefined;
  readonly tokenFile: string;
  readonly demo: boolean;
  /** Where this differs from the default, how to name it to the other verbs. */
  readonly where: string;
}

/** What `up` prints when all is ready: addresses, credentials that are good once, and what to do first. */
export function startTable({ ports, data, signInUrl, tokenFile, demo, where }: Started): string {
  const at = '127.0.0.1';
  const rows: string[][] = [
    ['Console', signInUrl === undefined ? 'none (started with --no-console)' : `${signInUrl}   (signs in once)`],
    ['API', `http://${at}:${ports.api}/v1   (/openapi.json; operator token in ${tokenFile})`],
    ['Link', `wss://${at}:${ports.link}/link   (mutual TLS)`],
    ['MQTT', `mqtt://${at}:${ports.mqtt}`],
    ['MQTTS', `mqtts://${at}:${ports.mqtts}`],
    ['MQTT/WS', `ws://${at}:${ports.mqttWebSocket}`],
    ['CoAP', `coap://${at}:${ports.coap}   (UDP; /.well-known/core)`],
    ['Edge', `http://${at}:${ports.edgeHttp}/metrics`],
    ['Data', data],
  ];
  const first = `mosquitto_pub -V mqttv5 -h ${at} -p ${ports.mqtt} -t sensors/pump-7/data -q 1 -m '{"temperature":91.5}'`;
  return [
    '\n',
    alignColumns(rows, '  '),
    `\n  Send a reading   ${first}\n`,
    `  See it arrive    npx --no-install selvedge device show pump-7${where}\n`,
    demo ? '  The demo runs 20 devices, and cuts the edge off from the cloud now and then. ' : '  ',
    'Ctrl-C stops everything.\n',
  ].join('');
}
