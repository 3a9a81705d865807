import { type Duplex, duplexPair } from 'node:stream';
import { defineMetrics, type Log, logTo, millis, minutes, seconds, seeded } from '@selvedge/kernel';
import { type Broker, type BrokerOptions, broker, type Limits, mqttMetrics } from '@selvedge/mqtt';
import { simulatedClock, timeline } from '@selvedge/testkit';
import { coin } from '../../cast/chance.ts';
import type { Input } from '../input.ts';
import { planted } from '../plant.ts';
import { Broken, type Ground, type Outcome, type Plant, reasonOf } from '../target.ts';
import { fuzzAccess, witnessName } from './access.ts';
import { type Ear, ear } from './ear.ts';
import { fuzzIntake } from './intake.ts';
import { drawKeeping } from './keeping.ts';
import { checkRoundTrip } from './round-trip.ts';
import { splitPackets } from './split.ts';
import { type Witness, witness } from './witness.ts';

/** Nothing is kept longer than this, so that a rest is over after it. */
const kept = minutes(10);

/** So small that inputs reach them. */
const tight: Partial<Limits> = {
  ...{ packetSizeMax: 20_000, connectSizeMax: 1_000, pendingMax: 6, clientsMax: 10, sessionsMax: 9, receiveMax: 4 },
  ...{ inflightMax: 3, queuedMax: 20, queuedBytesMax: 20_000, queuedTotalMax: 50_000, outgoingMax: 30_000 },
  ...{ retainedMax: 6, retainedBytesMax: 6_000, subscriptionsMax: 4, topicLevelsMax: 8, topicAliasMax: 3 },
  ...{ propertiesMax: 4, clientIdSizeMax: 40, stalledMax: seconds(20), keepAliveMax: seconds(30) },
};

/** Connections that stay open after their input. */
const stayingMax = 12;
const witnessEvery = 16;

interface Peer {
  readonly stream: Duplex;
  readonly ear: Ear;
  readonly ends: Input['ends'];
  left: number;
}

/** A broker, in simulated time, that serves fuzzed clients and one that behaves. */
export async function mqttGround(seed: number, plant: Plant): Promise<Ground> {
  const random = seeded(seed);
  const line = timeline();
  const clock = simulatedClock(line);
  const metrics = defineMetrics(mqttMetrics);
  const options: BrokerOptions = {
    limits: { ...(coin(random) ? tight : {}), sessionExpiryMax: kept },
    ...status(random),
  };
  const refused = coin(random) ? 0 : 0.02;
  const intake = coin(random, 0.7) ? fuzzIntake(clock, random, refused) : undefined;
  const refusals = new Map<string, string>();
  let failure: Broken | undefined;
  const log: Log = logTo((level, event, fields) => {
    if (event === 'mqtt.packet.refused' || event === 'mqtt.connect.refused')
      refusals.set(String(fields['address']), reasonOf(String(fields['why'] ?? fields['reason'])));
    // The last two are the doing of this target's own access and intake.
    if (level !== 'error' || event === 'mqtt.access.failed' || event === 'mqtt.commit.refused') return;
    failure ??= new Broken('crash', `${event}: ${String(fields['message'])}`);
  }, 'debug');

  const keeping = drawKeeping(random, { clock, log }, seed);
  const start = async (): Promise<Broker> => {
    const world = { clock, random: seeded(seed), log, metrics, access: fuzzAccess(clock) };
    const sessions = await keeping.open();
    const made = broker(options, { ...world, ...(sessions ? { sessions } : {}), ...(intake ? { intake } : {}) });
    await made.start(new AbortController().signal);
    return made;
  };
  const run = (wait: number): Promise<void> => line.run(line.now + wait);
  const stop = async (): Promise<void> => {
    await one.stop();
    await keeping.close();
  };
  let one = await until(start(), run);
  let steady: Witness = witness(one, refused === 0);
  let made = 0;
  let peers: Peer[] = [];
  const leaked: unknown[] = [];
  const bug = planted(plant, leaked);

  const connect = (input: Input, address: string): Peer => {
    const [theirs, ours] = duplexPair();
    const heard = ear(input.answers, (said) => theirs.writable && theirs.write(said));
    if (input.reads) theirs.on('data', heard.hear);
    theirs.on('error', () => undefined);
    if (bug) {
      const speak = (): void => void ours.write(Buffer.of(0xd0, 0));
      const soil = { trigger: Buffer.from('a/b'), speak, starve: () => one.kick(witnessName) };
      ours.on('data', (bytes: Buffer) => bug(bytes, soil));
    }
    one.accept(ours, { address, secure: false });
    return { stream: theirs, ear: heard, ends: input.ends, left: input.stays };
  };

  const check = (): void => {
    if (failure) throw failure;
    for (const { ear: heard } of peers) if (heard.broken) throw heard.broken;
    steady.check();
  };

  const leave = ({ stream, ends }: Peer): void => {
    if (ends === 'finishes') stream.end();
    else stream.destroy();
  };

  const feed = async (input: Input): Promise<Outcome> => {
    made += 1;
    for (const packet of splitPackets(Buffer.concat(input.chunks))) checkRoundTrip(packet);
    const address = `fuzzed:${made}`;
    const peer = connect(input, address);
    peers.push(peer);
    for (const chunk of input.chunks) {
      if (peer.stream.writable) peer.stream.write(chunk);
      if (input.pause > 0) await run(input.pause);
    }
    if (made % witnessEvery === 0) steady.send();
    await run(input.wait);
    if (input.meanwhile !== '') await operate(one, input.meanwhile, run);
    for (const staying of peers) if (staying.left-- <= 0) leave(staying);
    if (peers.length > stayingMax) leave(peers[0]!);
    // Seven milliseconds: a late verdict or commit has come by then.
    await run(made % witnessEvery === 0 ? 7 : 0);
    check();
    peers = peers.filter((staying) => staying.left >= 0).slice(-stayingMax);
    const why = refusals.get(address);
    refusals.clear();
    const { accepted, trail } = peer.ear;
    return { accepted: accepted && why === undefined, reason: why ?? (accepted ? 'accepted' : 'unanswered'), trail };
  };

  const rest = async (): Promise<void> => {
    // First another broker takes over what there is, then all of that ends.
    steady.end();
    await until(stop(), run);
    peers = [];
    one = await until(start(), run);
    steady = witness(one, refused === 0);
    await run(kept + 60_000);
    clearRetained(one);
    await run(1_000);
    check();
    level(one, metrics);
    steady.end();
    await until(stop(), run);
    keeping.forget();
    one = await until(start(), run);
    steady = witness(one, refused === 0);
    fillTopics(one);
    await run(10);
    check();
  };
  await run(10);
  return { feed, rest, close: () => until(stop(), run) };
}

const status = (random: { next(): number }): Pick<BrokerOptions, 'status'> =>
  coin(random, 0.3) ? { status: millis(5_000) } : {};

/** What an operator does, by the words of `draw.ts`. */
async function operate(one: Broker, what: string, run: (wait: number) => Promise<void>): Promise<void> {
  const [verb, name = ''] = what.split(' ');
  const clientId = `fuzzed/${name}`;
  if (verb === 'kick') one.kick(clientId);
  else if (verb === 'redirect') one.kick(clientId, 0x9c, 'other.example');
  else if (verb === 'reauthorize') one.reauthorize();
  else if (verb === 'trace') one.trace(clientId, 5);
  else if (verb === 'retained') one.retained('#', { limit: 3 });
  else
    await until(
      one.revoke((whose) => whose === clientId),
      run,
    );
}

/** Lets time pass until the promise has settled. */
async function until<Value>(promise: Promise<Value>, run: (wait: number) => Promise<void>): Promise<Value> {
  let isSettled = false;
  const settle = (): void => void (isSettled = true);
  promise.then(settle, settle);
  for (let turn = 0; turn < 1_000 && !isSettled; turn++) await run(turn < 3 ? 0 : 100);
  if (!isSettled) throw new Broken('hang', 'the broker has not settled what it began within 100 simulated seconds');
  return promise;
}

function clearRetained(one: Broker): void {
  for (const filter of ['#', '$denied/#']) {
    for (let page = one.retained(filter); page && page.messages.length > 0; page = one.retained(filter)) {
      for (const { topic } of page.messages) one.publish({ topic, payload: '', retain: true });
    }
  }
}

/** All tables are as they were before anybody came, but for the witness. */
function level(one: Broker, metrics: ReturnType<typeof defineMetrics<typeof mqttMetrics>>): void {
  const names = [...one.clients()].map(({ clientId }) => clientId);
  if (names.join() !== witnessName) throw new Broken('growth', `sessions are left: ${names.slice(0, 5).join(', ')}`);
  const own = one.retained('$SYS/#')?.messages.length ?? 0;
  const left = { retained: metrics.retained.value() - own, queuedBytes: metrics.queuedBytes.value() };
  for (const [table, amount] of Object.entries(left))
    if (amount !== 0) throw new Broken('growth', `${table} is ${amount} after everybody has gone`);
}

/** The broker remembers so many topics; with the same ones each time two rests can be compared. */
const topicsKept = 8_192;

function fillTopics(one: Broker): void {
  for (let index = 0; index < topicsKept * 3; index++) one.publish({ topic: `full/${index}`, payload: '' });
}
