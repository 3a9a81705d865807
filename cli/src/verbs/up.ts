import { misused } from '../arguments.ts';
import { cloudAt } from '../context.ts';
import { exitCodes } from '../exit.ts';
import { ownData } from '../place.ts';
import { defaultPorts, portsFrom } from '../port-table.ts';
import { portsInForce } from '../up/child-specs.ts';
import { runUp } from '../up/run-up.ts';
import type { Verb } from '../verb.ts';

export const up: Verb = {
  path: ['up'],
  summary: 'Start cloud, console, edge and demo on this machine and look after them, until Ctrl-C.',
  arguments: [],
  options: {
    'no-demo': { kind: 'flag', doc: 'Without simulated devices, and without cutting the link.' },
    'no-console': { kind: 'flag', doc: 'Without the console: it is neither built nor served.' },
    console: { kind: 'flag', doc: 'With the console, which is the default.' },
    'port-base': { kind: 'text', value: 'N', doc: 'Move all ports: API N, link N+443, MQTT N+883, edge N+80 …' },
    data: { kind: 'text', value: 'DIR', doc: 'Data folder; else SELVEDGE_DATA, else `data` in the checkout.' },
  },
  examples: ['selvedge up', 'selvedge up --no-demo --data /var/lib/selvedge --port-base 22000'],
  talks: false,
  async run(context) {
    const { given, env, portBase } = context;
    // Another `up` on the port is in the way, and not what is meant.
    const own = { ...context, data: ownData(given, context) };
    if (given.flag('console') && given.flag('no-console'))
      throw misused(up, '--console and --no-console exclude each other');
    const ports = portsInForce(portsFrom(portBase), env);
    const where = ports.api === defaultPorts.api ? '' : ` --port-base ${ports.api}`;
    await runUp({
      ports,
      demo: !given.flag('no-demo'),
      console: !given.flag('no-console'),
      where,
      context: own,
      api: () => cloudAt(`http://127.0.0.1:${ports.api}`, own),
    });
    return exitCodes.done;
  },
};
