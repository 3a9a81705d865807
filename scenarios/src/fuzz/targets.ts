import { coapTarget } from './coap/target.ts';
import { httpTarget } from './http/target.ts';
import { mqttTarget } from './mqtt/target.ts';
import type { Target } from './target.ts';

export const targets: Readonly<Record<string, Target>> = { mqtt: mqttTarget, coap: coapTarget, http: httpTarget };
