/** The ports of everything that listens, by what they are for. CoAP's is one of UDP. */
export interface Ports {
  readonly api: number;
  readonly link: number;
  readonly mqtt: number;
  readonly mqtts: number;
  readonly mqttWebSocket: number;
  readonly coap: number;
  readonly edgeHttp: number;
}

export const defaultPorts: Ports = {
  api: 8000,
  link: 8443,
  mqtt: 1883,
  mqtts: 8883,
  mqttWebSocket: 8083,
  coap: 5683,
  edgeHttp: 8080,
};

/** The default ports, or those that begin at `base`. */
export const portsFrom = (base: number | undefined): Ports =>
  base === undefined
    ? defaultPorts
    : {
        api: base,
        link: base + 443,
        mqtt: base + 883,
        mqtts: base + 884,
        mqttWebSocket: base + 885,
        coap: base + 683,
        edgeHttp: base + 80,
      };
