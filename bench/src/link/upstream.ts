import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fleet, kindNames } from '../../../cli/src/engines/simulation/fleet.ts';
import { connectPacket, publishPacket } from '../packet.ts';
import { freePort, inScratch, startEdge } from '../process.ts';
import { benchCloud } from './cloud.ts';
import { payloadOf, valuesAt } from './demo.ts';
import { countingRelay } from './relay.ts';

/** A reading of each device in each second. */
const devices = 1_000;
const warmSeconds = 30;
/** A whole minute, so that the statistics of each minute are in it once. */
const seconds = 60;
const tickMs = 10;

/** Of one record of TLS 1.3 with AES-GCM: header, type and tag (RFC 8446, section 5.2). */
const tlsOverhead = 22;

/** Every reading stays at the site and is part of an aggregate of its device for each minute. */
const folding = JSON.stringify([{ name: 'all', send: 'folded' }]);

/** As `upstream_all_reduction`, where readings are folded. */
export async function measureFolded(): Promise<Record<string, number>> {
  const { upstream_bytes: bytes, upstream_all_reduction: reduction } = await measureUpstream({
    SELVEDGE_EDGE_ROUTES: folding,
  });
  return { folded_upstream_bytes: bytes!, folded_upstream_reduction: reduction! };
}

/**
 * The demo's devices speak to an edge that ships all they say to a cloud: bytes on the socket between the two, TLS and
 * all, beside one JSON message for each reading, which would go as an MQTT publish in a TLS record of its own. The first
 * reduction leaves out what the edge has derived from the readings, the second has it all.
 */
export const measureUpstream = (settings: Readonly<Record<string, string>> = {}): Promise<Record<string, number>> =>
  inScratch(async (dir) => {
    const cloud = await benchCloud(join(dir, 'cloud'));
    const running = await cloud.start();
    const { token } = await cloud.ask<{ token: string }>('POST', '/v1/enrolments', { node: 'edge-1' });
    const relay = await countingRelay(cloud.ports.link);
    const doors = { mqtt: await freePort(), http: await freePort() };
    const edge = await startEdge(join(dir, 'edge'), doors, {
      SELVEDGE_EDGE_LINK_URL: cloud.linkUrl(relay.port),
      SELVEDGE_EDGE_LINK_TOKEN: token,
      SELVEDGE_EDGE_LINK_GATHER_HIGH: '1s',
      SELVEDGE_EDGE_LOG_LEVEL: 'error',
      ...settings,
    });
    const crowd = await demoCrowd(doors.mqtt);
    await sleep(warmSeconds * 1_000);
    const before = { ...crowd.said, up: relay.up, down: relay.down, derived: await derivedBytes(doors.http) };
    await sleep(seconds * 1_000);
    const readings = crowd.said.readings - before.readings;
    const jsonBytes = crowd.said.bytes - before.bytes;
    const upBytes = relay.up - before.up;
    const downBytes = relay.down - before.down;
    const derived = (await derivedBytes(doors.http)) - before.derived;
    crowd.stop();
    await edge.stop();
    await relay.close();
    await running.stop();
    return {
      upstream_readings_per_s: readings / seconds,
      upstream_json_bytes: jsonBytes / readings,
      upstream_bytes: upBytes / readings,
      upstream_back_bytes: downBytes / readings,
      upstream_derived_bytes: derived / readings,
      upstream_reduction: 1 - (upBytes - derived) / jsonBytes,
      upstream_all_reduction: 1 - upBytes / jsonBytes,
    };
  });

/** Bytes of what the node says besides readings, which JSON messages of readings would not say: alerts, commands, statistics. */
async function derivedBytes(http: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${http}/metrics`)).text();
  const rows = text.matchAll(/^edge_link_sent_bytes_total\{class="(\w+)"\} (\d+)$/gm);
  return [...rows].reduce((sum, [, klass, bytes]) => sum + (klass === 'high' ? 0 : Number(bytes)), 0);
}

/** All devices over one connection, each once a second at its own moment. */
async function demoCrowd(port: number): Promise<{
  readonly said: { readonly readings: number; readonly bytes: number };
  stop(): void;
}> {
  const crowd = fleet({ count: devices, kinds: kindNames, seed: 1 });
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.write(connectPacket('crowd'));
  await once(socket, 'data');
  const said = { readings: 0, bytes: 0 };
  const begun = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) / 1_000) * devices);
    const packets: Buffer[] = [];
    for (; said.readings < due; said.readings++) {
      const device = crowd[said.readings % devices]!;
      const seq = Math.floor(said.readings / devices);
      const reading = { boot: 1, seq, takenAt: Date.now(), values: valuesAt(device, said.readings / devices) };
      const packet = publishPacket(`sensors/${device.id}/data`, (said.readings % 60_000) + 1, payloadOf(reading));
      said.bytes += packet.length + tlsOverhead;
      packets.push(packet);
    }
    if (packets.length > 0) socket.write(Buffer.concat(packets));
  }, tickMs);
  // Acknowledgements are read, so that the edge can write more.
  socket.resume();
  return {
    said,
    stop() {
      clearInterval(timer);
      socket.destroy();
    },
  };
}

const sleep = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));
