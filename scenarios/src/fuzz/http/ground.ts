import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { type Duplex, duplexPair } from 'node:stream';
import { hours, type Log, logTo } from '@selvedge/kernel';
import { simulatedClock, timeline } from '@selvedge/testkit';
import { httpDoor } from '../../../../edge/src/adapters/http/door.ts';
import type { Input } from '../input.ts';
import { planted } from '../plant.ts';
import { Broken, type Ground, type Outcome, type Plant } from '../target.ts';
import { decodeHere } from './decoders.ts';
import { type Ear, ear } from './ear.ts';
import { room } from './room.ts';

/** Longer than a long poll, and than a command waits for its device to come back. Milliseconds. */
const forgetting = 200_000;
const stayingMax = 10;
const witnessEvery = 16;
/** In which an answer comes that nothing holds up. Milliseconds. */
const answerWait = 4;

interface Client {
  readonly stream: Duplex;
  readonly ear: Ear;
  readonly ends: Input['ends'];
  left: number;
}

/** The HTTP door of an edge node in simulated time, on streams in memory. */
export async function httpGround(_seed: number, plant: Plant): Promise<Ground> {
  decodeHere();
  const line = timeline();
  const clock = simulatedClock(line);
  let failure: Broken | undefined;
  const log: Log = logTo((_level, event, fields) => {
    failure ??= new Broken('crash', `${event}: ${String(fields['message'])}`);
  }, 'error');
  const { intake, commands, twins, gate, routes } = room(clock);
  const options = {
    host: '127.0.0.1',
    port: 0,
    connectionsMax: 50,
    bodyMax: 100_000,
    payloadMax: 4_096,
    software: 'fuzz',
    // Real time, in which nothing must happen: how far a run has come by then is the machine's doing.
    patience: { head: hours(24), request: hours(24) },
  };
  const world = { clock, log, gate, routes, status: () => ({ fine: true }), metrics: () => '' };
  const door = httpDoor(options, world, intake, commands, twins);
  const server = await startedServer(() => door.start(new AbortController().signal));
  let pending = 0;
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    pending += 1;
    socket.setMaxListeners(100);
    // An answer that stands behind others in a pipeline is not told when the connection closes.
    const end = (): void => {
      response.off('close', end);
      socket.off('close', end);
      pending -= 1;
    };
    response.once('close', end);
    socket.once('close', end);
  });
  const run = (wait: number): Promise<void> => line.run(line.now + wait);
  const leaked: unknown[] = [];
  const bug = planted(plant, leaked);
  let clients: Client[] = [];
  let made = 0;

  const connect = (input: Pick<Input, 'reads' | 'ends' | 'stays'>): Client => {
    const [theirs, ours] = duplexPair();
    const heard = ear();
    if (input.reads) theirs.on('data', heard.hear);
    theirs.on('error', () => undefined);
    // As of a socket: nothing can be said any more to who has gone.
    theirs.on('close', () => setImmediate(() => ours.destroy()));
    theirs.on('end', () => theirs.end());
    Object.assign(ours, { remoteAddress: '192.0.2.1', destroySoon: () => ours.end(() => ours.destroy()) });
    if (bug) {
      const speak = (): void => void ours.write('HTTP/1.1 999 Planted\r\n\r\n');
      const soil = { trigger: Buffer.from('pump-7'), speak, starve: () => steady.stream.destroy() };
      ours.on('data', (bytes: Buffer) => bug(bytes, soil));
    }
    server.emit('connection', ours);
    return { stream: theirs, ear: heard, ends: input.ends, left: input.stays };
  };

  const steady = connect({ reads: true, ends: 'finishes', stays: Number.POSITIVE_INFINITY });
  const check = (): void => {
    if (failure) throw failure;
    for (const { ear: heard } of [...clients, steady]) if (heard.broken) throw heard.broken;
  };
  /** A connection that behaves, and must not notice what others do. */
  const askSteadily = async (): Promise<void> => {
    const { statuses } = steady.ear;
    statuses.length = 0;
    steady.stream.write(steadyRequests);
    for (let turn = 0; turn < 100 && statuses.length < 2; turn++) await run(1);
    if (statuses.join() !== '200,202')
      throw new Broken('promise', `the connection that behaves is answered [${statuses.join()}]`);
  };

  const feed = async (input: Input): Promise<Outcome> => {
    made += 1;
    const client = connect(input);
    clients.push(client);
    for (const chunk of input.chunks) {
      if (client.stream.writable) client.stream.write(chunk);
      await run(input.pause);
    }
    if (input.meanwhile !== '') {
      const payload = Buffer.from(
        JSON.stringify({ id: `c${made % 5}`, command: 'stop', expiresAt: clock.wall() + 60_000 }),
      );
      door.publish({ topic: `commands/${input.meanwhile.slice('command '.length)}`, payload, qos: 1 });
    }
    await run(Math.max(input.wait, answerWait));
    if (made % witnessEvery === 0) await askSteadily();
    for (const each of clients) if (each.left-- <= 0) leave(each);
    if (clients.length > stayingMax) leave(clients[0]!);
    await run(1);
    check();
    clients = clients.filter(({ left }) => left >= 0).slice(-stayingMax);
    return outcomeOf(client.ear);
  };

  const rest = async (): Promise<void> => {
    for (const { stream } of clients) stream.destroy();
    clients = [];
    for (let turn = 0; turn < 500 && pending > 0; turn++) await run(10);
    if (pending > 0) throw new Broken('hang', `${pending} requests have not ended after their connections`);
    await run(forgetting);
    await askSteadily();
    check();
    if (door.clients > 0) throw new Broken('growth', `${door.clients} are left that wait for commands`);
  };
  await run(10);
  await askSteadily();
  return {
    feed,
    rest,
    async close() {
      steady.stream.destroy();
      const stopped = door.stop();
      await run(5_000);
      await stopped;
    },
  };
}

/** The second one needs a place among the requests that are read at once. */
const steadyRequests = [
  'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n',
  'POST /v1/devices/steady/readings HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{"t":1}',
].join('');

function leave({ stream, ends }: Client): void {
  if (ends === 'finishes') stream.end();
  // A client that has finished does not wait for the rest of an answer either.
  setImmediate(() => stream.destroy());
}

/** The server that `start` sets listening, so that streams can be given to it without a network. */
async function startedServer(start: () => Promise<void>): Promise<Server> {
  let found: Server | undefined;
  const note = (message: unknown): void => void (found = (message as { server: Server }).server);
  subscribe(channel, note);
  await start();
  unsubscribe(channel, note);
  if (!found) throw new Error('nothing has begun to listen');
  return found;
}

const channel = 'tracing:net.server.listen:asyncStart';

function outcomeOf({ statuses, refusal }: Ear): Outcome {
  const accepted = statuses.some((status) => status < 300);
  const reason = refusal ?? (accepted ? 'accepted' : 'silence');
  return { accepted, reason, trail: [...new Set(statuses)].join(' ') };
}
