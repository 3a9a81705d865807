import { connect as dialTcp } from 'node:net';
import { join } from 'node:path';
import { type ModelClient, modelClient } from '../../packages/mqtt/test/support/model-client.ts';
import { type ConnectFields, connect } from '../../packages/mqtt/test/support/wire.ts';
import { type Peer, peerOn } from '../../packages/mqtt/test/support/world.ts';
import { freePort, inScratch, type Running, start } from './process.ts';

const killsUsually = 50;
/** Packets that the clients handle at most between two kills. */
const stepsMax = 1_000;
const versions = [4, 5] as const;

/**
 * Kills the stand-alone broker with SIGKILL, each time after a random packet of the handshakes that four clients of both
 * versions are in, and looks what became of everything that was acknowledged: messages with QoS 1 and 2 to kept
 * sessions, retained messages, and wills of clients that only the kill disconnected.
 */
export const brokerkill = (kills = killsUsually): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const port = await freePort();
    const begin = (): Promise<Running> =>
      start('../../packages/mqtt/examples/broker.ts', [
        ...['--port', String(port), '--data', join(dir, 'sessions'), '--allow-anonymous'],
      ]);
    const dial = (fields: ConnectFields): Promise<Peer> => dialBroker(port, fields);
    const clients = versions.flatMap((version) =>
      ['a', 'b'].map((name) => modelClient(`${name}${version}`, version, dial)),
    );
    const wills = new Set<string>();
    const retained = new Map<string, string[]>();
    let names = 0;
    let broker = await begin();
    await gather(clients);
    for (const client of clients) {
      await client.subscribe('#', 2);
      await handled(client);
    }
    for (let kill = 0; kill < kills; kill++) {
      const mourned = versions.map((version) => `w/${kill}/${version}`);
      for (const [index, topic] of mourned.entries()) {
        const will = { topic, payload: `${names++}`, qos: 1 + (kill % 2) };
        const peer = await dial({ clientId: topic, version: versions[index]!, clean: kill % 4 < 2, will });
        while (peer.take('connack').length === 0) await turn();
        wills.add(topic);
      }
      let steps = 1 + Math.floor(Math.random() * stepsMax);
      while (steps > 0) {
        const client = clients[Math.floor(Math.random() * clients.length)]!;
        if (client.ready && client.owed < 8) {
          const qos = Math.random() < 0.5 ? 1 : 2;
          const keep = Math.random() < 0.2;
          const topic = `${keep ? 'r' : 't'}/${client.id}/${qos}`;
          const name = `${names++}`;
          client.publish(topic, name, qos, keep);
          if (keep) retained.set(topic, [...(retained.get(topic) ?? []), name]);
        }
        steps -= client.handle(1);
        await turn();
      }
      await broker.kill();
      broker = await begin();
      await gather(clients);
    }
    await quiet(clients);
    const late = await lastRetained(dial);
    await broker.stop();
    return count(clients, wills, retained, late);
  });

function count(
  clients: readonly ModelClient[],
  wills: ReadonlySet<string>,
  retained: ReadonlyMap<string, readonly string[]>,
  late: ReadonlyMap<string, string>,
): Record<string, number> {
  const acked = new Set(clients.flatMap((client) => [...client.acked]));
  const sum = { acked: acked.size + wills.size, lost: 0, doubled: 0, out_of_order: 0 };
  for (const { got } of clients) {
    const times = new Map<string, number>();
    const last = new Map<string, number>();
    for (const { topic, name, qos } of got) {
      const before = times.get(name) ?? 0;
      times.set(name, before + 1);
      // A message that was published with QoS 1 may come again; its will, or with QoS 2, it may not.
      if (before > 0 && qos === 2) sum.doubled += 1;
      if (before > 0) continue;
      if (Number(name) < (last.get(topic) ?? -1)) sum.out_of_order += 1;
      last.set(topic, Number(name));
    }
    const topics = new Set(got.map(({ topic }) => topic));
    for (const name of acked) if (!times.has(name)) sum.lost += 1;
    for (const topic of wills) if (!topics.has(topic)) sum.lost += 1;
  }
  // The topic's last acknowledged value, or a later one that was on its way.
  for (const [topic, names] of retained) {
    const from = names.findLastIndex((name) => acked.has(name));
    if (from >= 0 && !names.slice(from).includes(late.get(topic) ?? '')) sum.lost += 1;
  }
  return sum;
}

async function dialBroker(port: number, fields: ConnectFields): Promise<Peer> {
  const socket = dialTcp({ port, host: '127.0.0.1', noDelay: true });
  const peer = peerOn(socket, fields.version ?? 4);
  socket.write(connect(fields));
  await turn();
  return peer;
}

/** Connects those that are not, and handles their greetings. */
async function gather(clients: readonly ModelClient[]): Promise<void> {
  for (const client of clients) {
    client.drop();
    await client.connect();
    while (!client.ready) {
      client.handle(1);
      await turn();
    }
  }
}

async function handled(client: ModelClient): Promise<void> {
  while (client.handle() === 0) await turn();
}

/** Until nothing has come for a while, and nobody is owed an answer. */
async function quiet(clients: readonly ModelClient[]): Promise<void> {
  for (let since = performance.now(); performance.now() - since < 1_000; await turn()) {
    for (const client of clients) if (client.handle() > 0 || client.owed > 0) since = performance.now();
  }
}

async function lastRetained(dial: (fields: ConnectFields) => Promise<Peer>): Promise<Map<string, string>> {
  const late = modelClient('late', 5, dial, { clean: true });
  await gather([late]);
  await late.subscribe('r/#', 0);
  await quiet([late]);
  return new Map(late.got.map(({ topic, name }) => [topic, name]));
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
