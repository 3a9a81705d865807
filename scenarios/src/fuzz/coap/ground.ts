import { coapEndpoint, coapMetrics, type Limits, memoryNetwork, oscore } from '@selvedge/coap';
import { defineMetrics, type Log, logTo, seconds, seeded, seededEntropy } from '@selvedge/kernel';
import { simulatedClock, timeline } from '@selvedge/testkit';
import { coin } from '../../cast/chance.ts';
import type { Input } from '../input.ts';
import { planted, type Soil } from '../plant.ts';
import { Broken, type Ground, type Outcome, type Plant, reasonOf } from '../target.ts';
import { nothingSent, type Peer, peer } from './peer.ts';
import { codeName } from './read.ts';
import { checkRoundTrip } from './round-trip.ts';
import { sealing, serverContext } from './sealing.ts';
import { site } from './site.ts';
import { type Asked, addressOf, ask, overDatagrams, overStream, type Staying, server } from './ways.ts';
import { type Witness, witness } from './witness.ts';
import { paths } from './words.ts';

/** So small that inputs reach them. */
const tight: Partial<Limits> = {
  ...{ peersMax: 20, duplicatesMax: 40, duplicatesBytesMax: 20_000, peerRequestsMax: 4, queuedMax: 4, nstart: 1 },
  ...{ bodySizeMax: 3_000, assembliesMax: 3, assembliesBytesMax: 5_000, snapshotsMax: 3, snapshotsBytesMax: 12_000 },
  ...{ observersMax: 8, peerObserversMax: 3, connectionsMax: 4, messageSizeMax: 3_000, outgoingMax: 20_000 },
};

/** Longer than an exchange, a block or an idle connection is remembered. Milliseconds. */
const forgetting = 700_000;
const stayingMax = 12;
const witnessEvery = 16;
/** Bytes that an address which nobody has proven gets for nothing, and for each byte it sends. */
const [unproven, amplification] = [136, 3];

/** An endpoint, in simulated time, that serves and asks fuzzed peers, and one peer that behaves. */
export async function coapGround(seed: number, plant: Plant): Promise<Ground> {
  const random = seeded(seed);
  const line = timeline();
  const clock = simulatedClock(line);
  const network = memoryNetwork({ clock });
  const metrics = defineMetrics(coapMetrics);
  // Peers are not forgotten by time: few, so that all places are taken soon.
  const limits = { peersMax: 200, ...(coin(random) ? tight : {}), idleMax: seconds(60) };
  let failure: Broken | undefined;
  const log: Log = logTo((level, event, fields) => {
    // A handler of this target's own site throws.
    if (level !== 'error' || event === 'coap.handler.failed') return;
    failure ??= new Broken('crash', `${event}: ${String(fields['message'])}`);
  }, 'debug');
  const security = oscore({}, { store: memoryStates(), clock, entropy: seededEntropy(seed), log });
  await security.add(serverContext());
  let ticks = 0;
  const observers = new Set<() => void>();
  const endpoint = coapEndpoint(
    { resources: site(clock, () => ticks, observers), limits },
    {
      ...{ clock, log, metrics, security, random: seeded(seed), entropy: seededEntropy(seed + 1) },
      transports: [network.datagrams(server), network.streams({ listen: server })],
    },
  );
  await endpoint.start(new AbortController().signal);
  const run = (wait: number): Promise<void> => line.run(line.now + wait);
  const steady: Witness = await witness(network, clock, seed, run);
  const leaked: unknown[] = [];
  const bug = planted(plant, leaked);
  const trip = (bytes: Buffer, speak: () => void): void => {
    const soil: Soil = { trigger: Buffer.from('sensors'), speak, starve: steady.lose };
    bug?.(bytes, soil);
  };
  const seal = sealing();
  let made = 0;
  /** Of the addresses that come again. */
  const known = new Map([0, 1, 2].map((at) => [`:${at}`, nothingSent()]));
  let staying: Staying[] = [];
  const asked = new Set<Asked>();

  const check = (): void => {
    if (failure) throw failure;
    for (const { peer: heard } of staying) if (heard.broken) throw heard.broken;
    steady.check();
  };

  const feed = async (input: Input): Promise<Outcome> => {
    made += 1;
    for (const chunk of input.chunks) checkRoundTrip(chunk);
    const [way = '', which = ''] = input.via.split(':');
    const sent = known.get(input.via.replace(/^\w+/, '')) ?? nothingSent();
    const heard = peer(input.answers, sent);
    const lent = { network, input, heard, run, trip };
    const one =
      way === 'tcp'
        ? await overStream(lent)
        : await overDatagrams(lent, addressOf(which, made), way, seal, (to) => ask(endpoint, to, made, asked));
    staying.push(one);
    await run(input.wait);
    if (input.meanwhile !== '') {
      ticks += 1;
      endpoint.changed(input.meanwhile.slice('changed '.length));
    }
    if (made % witnessEvery === 0) {
      steady.send();
      ticks += 1;
      endpoint.changed('ticker');
    }
    await run(5);
    const isStranger = which === 'new' && way === 'udp' && input.answers === 'never';
    if (isStranger && heard.bytesOut > unproven + amplification * heard.bytesIn)
      throw new Broken(
        'promise',
        `an address that nobody has proven gets ${heard.bytesOut} bytes for ${heard.bytesIn}`,
      );
    check();
    for (const each of staying) if (each.left-- <= 0) each.leave();
    if (staying.length > stayingMax) staying[0]!.leave();
    staying = staying.filter(({ left }) => left >= 0).slice(-stayingMax);
    return outcomeOf(heard);
  };

  const rest = async (): Promise<void> => {
    for (const one of staying) one.leave();
    staying = [];
    for (const { observation } of asked) void observation?.cancel();
    // Whoever does not acknowledge a change is not told of the next ones.
    for (let turn = 0; turn < 12; turn++) {
      for (const path of paths) endpoint.changed(path);
      for (const changed of observers) changed();
      await run(forgetting / 12);
      steady.send();
    }
    await run(forgetting);
    check();
    for (const { ids, tokens } of known.values()) {
      ids.clear();
      tokens.clear();
    }
    if (asked.size > 0) throw new Broken('hang', `${asked.size} requests of the endpoint have not ended`);
    const left = { observers: metrics.observers.value() - 1, connections: metrics.connections.value('tcp') };
    for (const [table, amount] of Object.entries(left))
      if (amount !== 0) throw new Broken('growth', `${table}: ${amount} are left after everybody has gone`);
  };
  await run(10);
  return {
    feed,
    rest,
    async close() {
      const ended = Promise.all([steady.stop(), endpoint.stop()]);
      await run(10_000);
      await ended;
    },
  };
}

function outcomeOf(heard: Peer): Outcome {
  const answer = heard.heard.find(({ code }) => code >= 0x40 && code !== 0xe1);
  if (!answer) return { accepted: false, reason: heard.trail === '' ? 'silence' : heard.trail, trail: heard.trail };
  const accepted = answer.code >> 5 === 2;
  const why = accepted ? '' : ` ${reasonOf(answer.payload.toString('utf8', 0, 100))}`;
  return { accepted, reason: `${codeName(answer.code)}${why}`, trail: heard.trail };
}

/** States of security contexts, as long as the ground lives. */
function memoryStates() {
  const states = new Map<string, never>();
  return {
    load: async (name: string) => states.get(name),
    save: async (name: string, state: unknown) => void states.set(name, state as never),
    forget: async (name: string) => void states.delete(name),
  };
}
