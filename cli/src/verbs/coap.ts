import { describeFailure, jsonLog, readConfig } from '@selvedge/kernel';
import { systemEntropy } from '@selvedge/kernel/system';
import { wholeNumber } from '../arguments.ts';
import { exitCodes } from '../exit.ts';
import type { Verb } from '../verb.ts';

export const coap: Verb = {
  path: ['coap'],
  summary:
    'Run the CoAP endpoint alone, until Ctrl-C. A reading that it has acknowledged survives kill -9 and power cuts.',
  arguments: [],
  options: {
    port: { kind: 'text', value: 'N', doc: 'UDP port; default 5683, 0 lets the system choose.' },
    host: { kind: 'text', value: 'ADDRESS', doc: 'IP address to listen at; default 127.0.0.1.' },
    plain: { kind: 'flag', doc: 'Beyond this machine, let everybody in who can reach the port, without a credential.' },
    data: { kind: 'text', value: 'DIR', doc: 'Folder of the journal and of oscore.json; default ./coap.' },
  },
  examples: [
    'selvedge coap --port 5683 --data /var/lib/coap',
    `coap-client -m post -t json -e '{"temperature":20.5}' coap://127.0.0.1/sensors/pump-7`,
    'coap-client -s 60 -m get coap://127.0.0.1/sensors/pump-7',
  ],
  talks: false,
  async run({ given, clock, random, signal, out, json }) {
    const port = wholeNumber(given, coap, 'port', { min: 0, max: 65_535 }) ?? 5_683;
    const host = given.text('host') ?? '127.0.0.1';
    const isPlain = given.flag('plain') ? 'true' : 'false';
    // The other verbs need none of it.
    const { coapMachine, edgeConfig } = await import('@selvedge/edge');
    const config = readConfig(edgeConfig, {
      prefix: 'SELVEDGE_EDGE',
      env: {},
      flags: {
        data: given.text('data') ?? './coap',
        'coap.udp': `${host.includes(':') ? `[${host}]` : host}:${port}`,
        'coap.plain': isPlain,
        'mqtt.anonymous': isPlain,
        'link.url': '',
      },
    });
    const log = jsonLog((line) => out.complain(line), clock, 'warn');
    const one = await coapMachine(config, { clock, random, entropy: systemEntropy, log });
    try {
      await one.start(signal);
    } catch (cause) {
      process.send?.({ failed: describeFailure(cause) });
      throw cause;
    }
    const taken = one.listening[0]!.port;
    if (json) out.write(`${JSON.stringify({ host, port: taken })}\n`);
    else out.write(`CoAP at coap://${host}:${taken}. Ctrl-C ends it.\n`);
    process.send?.({ ready: true, port: taken });
    if (!signal.aborted)
      await new Promise<void>((end) => signal.addEventListener('abort', () => end(), { once: true }));
    await one.stop();
    return exitCodes.done;
  },
};
