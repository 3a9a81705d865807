import { connections } from './broker/connections.ts';
import { fanout } from './broker/fanout.ts';
import { isolation } from './broker/isolation.ts';
import { brokerkill } from './brokerkill.ts';
import { coap } from './coap.ts';
import { codec } from './codec.ts';
import { footprint } from './footprint.ts';
import { ingest } from './ingest.ts';
import { kill } from './kill.ts';
import { drain } from './link/drain.ts';
import { priority } from './link/priority.ts';
import { link } from './link.ts';
import { calibrate } from './process.ts';
import { reaction } from './reaction.ts';
import { recovery } from './recovery.ts';

const benches: Readonly<
  Record<string, { readonly about: string; readonly run: () => Promise<Record<string, number>> }>
> = {
  ingest: { about: 'QoS 1 publishes per second, ours and Mosquitto in turn, in two shapes', run: ingest },
  fanout: {
    about: 'deliveries per second from one publisher to 10 and 1 000 subscribers, ours and Mosquitto in turn',
    run: fanout,
  },
  isolation: {
    about: 'what a frozen, a flooding, 1 000 half-open and 1 000 silent clients leave to the others',
    run: isolation,
  },
  connections: {
    about: '10 000 idle clients: memory of each; all drop and come back: seconds, and what was lost',
    run: connections,
  },
  reaction: { about: 'reading in to command out, at 10 000 readings per second', run: reaction },
  coap: { about: 'confirmable CoAP POSTs per second, ours and the server of libcoap in turn', run: coap },
  link: {
    about: 'bytes and microseconds per reading on the link, by profile and shape, and end to end beside JSON',
    run: link,
  },
  drain: {
    about:
      'the cloud comes back to 10 million readings while 10 000 a second stay live: how fast, how late is what is new',
    run: drain,
  },
  priority: {
    about: 'alarms over a full link of 64 kbit/s, behind 100 MB of backlog and beside an update: how late',
    run: priority,
  },
  codec: { about: 'bytes and microseconds per reading: JSON, journal record, link, chunk', run: codec },
  footprint: { about: 'memory of an idle node and of one with 1 000 devices', run: footprint },
  recovery: { about: 'start after kill -9 with 1 GB of journal', run: recovery },
  kill: {
    about: 'kill -9 of edge and cloud at random under load: what was acknowledged and is not in the cloud, or twice',
    run: kill,
  },
  brokerkill: {
    about: 'kill -9 of the broker alone, in the midst of handshakes: what was acknowledged and is gone',
    run: () => brokerkill(),
  },
};

const [name = '', ...flags] = process.argv.slice(2);
const bench = benches[name];
if (!bench) {
  const list = Object.entries(benches).map(([one, { about }]) => `  ${one.padEnd(12)} ${about}`);
  process.stdout.write(`Usage: npm run bench -- NAME [--json]\n\n${list.join('\n')}\n`);
  process.exit(name === '' || name === '--help' ? 0 : 2);
}
const before = calibrate();
const figures = { ...(await bench.run()), calibration_ms: (before + calibrate()) / 2 };
const rounded = Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, Number(value.toPrecision(4))]));
if (flags.includes('--json')) process.stdout.write(`${JSON.stringify({ bench: name, figures: rounded })}\n`);
else for (const [key, value] of Object.entries(rounded)) process.stdout.write(`${key.padEnd(40)} ${value}\n`);
process.exit(0);
