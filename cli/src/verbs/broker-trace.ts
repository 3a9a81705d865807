import { seconds } from '@selvedge/kernel';
import { wholeNumber } from '../arguments.ts';
import { edgeAt, edgeOptions } from '../edge-at.ts';
import type { TraceView } from '../edge-views.ts';
import { traceLineJson, traceLineText } from '../shapes/broker.ts';
import type { Verb } from '../verb.ts';

const lookEvery = seconds(1);

export const brokerTrace: Verb = {
  path: ['broker', 'trace'],
  summary:
    'Follow what one MQTT client and an edge node say to each other, secrets left out, for a while or until Ctrl-C.',
  arguments: [{ name: 'CLIENT', doc: 'The id, as `broker clients` lists it; it need not be connected yet.' }],
  options: {
    seconds: { kind: 'text', value: 'N', doc: 'For so long, 1 to 600; default 60.' },
    ...edgeOptions,
  },
  examples: ['selvedge broker trace device/pump-7/mqttjs_1a2b --seconds 120', 'selvedge broker trace pump-7 --json'],
  talks: false,
  async run(context) {
    const { given, json, out, clock, signal } = context;
    const client = given.argument('CLIENT')!;
    const length = wholeNumber(given, brokerTrace, 'seconds', { min: 1, max: 600 }) ?? 60;
    const edge = edgeAt(context);
    await edge.post('/v1/broker/trace', { client, seconds: length });
    const path = `/v1/broker/trace/${encodeURIComponent(client)}`;
    for (let from = 0; !signal.aborted; ) {
      const { lines, over, dropped } = await edge.get<TraceView>(path, { from });
      for (const line of lines) out.write(`${json ? JSON.stringify(traceLineJson(line)) : traceLineText(line)}\n`);
      from += lines.length;
      if (over) {
        if (dropped > 0) out.complain(`${dropped} more packets came than a trace keeps.\n`);
        break;
      }
      await clock.sleep(lookEvery, signal).catch(() => undefined);
    }
    return undefined;
  },
};
