import { type ChildProcess, fork, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebian, findCommand } from '../../tools/world.ts';
import { processorSeconds } from './broker/sides.ts';
import type { CoapLoadOrder, CoapLoadResult } from './coap/coap-load.ts';
import { freePort, inScratch, median, start, startEdge } from './process.ts';

type Order = Omit<CoapLoadOrder, 'port'>;

/** More in flight would overflow a socket's buffer. What is lost while our door is loaded has been sent again after 2 s. */
const order: Order = { sockets: 20, inFlight: 8, warmSeconds: 3, seconds: 3 };
const rounds = 3;

interface Measured {
  readonly perSecond: number;
  /** Share of one processor that the server had: near 1 it was the server that set the pace. */
  readonly busy: number;
  readonly medianMs: number;
  readonly resent: number;
}

/** Confirmable POSTs of 96-byte JSON, ours durable and judged before its 2.04, libcoap's server keeping it in memory. */
export async function coap(): Promise<Record<string, number>> {
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(await measureOurs());
    theirs.push(await measureLibcoap());
  }
  const most = await capacity();
  const of = (all: readonly Measured[], name: keyof Measured): number => median(all.map((one) => one[name]));
  return {
    coap_ours_per_s: Math.round(of(ours, 'perSecond')),
    coap_libcoap_per_s: Math.round(of(theirs, 'perSecond')),
    coap_ratio: median(ours.map((one, index) => one.perSecond / theirs[index]!.perSecond)),
    coap_ours_p50_ms: of(ours, 'medianMs'),
    coap_libcoap_p50_ms: of(theirs, 'medianMs'),
    coap_ours_busy: of(ours, 'busy'),
    coap_libcoap_busy: of(theirs, 'busy'),
    coap_ours_resent: of(ours, 'resent'),
    coap_libcoap_resent: of(theirs, 'resent'),
    coap_load_capacity_per_s: Math.round(most.perSecond),
  };
}

const measureOurs = (): Promise<Measured> =>
  inScratch(async (dir) => {
    const ports = { mqtt: await freePort(), http: await freePort() };
    const port = await freeUdpPort();
    const edge = await startEdge(join(dir, 'edge'), ports, { SELVEDGE_EDGE_COAP_UDP: `127.0.0.1:${port}` });
    try {
      return await measure(port, edge.pid);
    } finally {
      await edge.kill();
    }
  });

/** Debian's, as it is; `-d` lets it take what it is sent to paths that it did not know. */
async function measureLibcoap(): Promise<Measured> {
  await ensureDebian(['libcoap3-bin']);
  const port = await freeUdpPort();
  const args = ['-A', '127.0.0.1', '-p', String(port), '-d', '1000', '-v', '0'];
  const server = spawn(findCommand('coap-server-notls')!, args, { stdio: 'ignore' });
  try {
    return await measure(port, server.pid!);
  } finally {
    await ended(server);
  }
}

/** What the load takes from a server that only answers: the ratio means something only if this is far above both. */
async function capacity(): Promise<Measured> {
  const sink = await start('./coap/sink.ts', []);
  try {
    return await measure(sink.ready['port'] as number, sink.pid);
  } finally {
    await sink.kill();
  }
}

async function measure(port: number, pid: number): Promise<Measured> {
  const load = fork(
    fileURLToPath(new URL('./coap/coap-load.ts', import.meta.url)),
    [JSON.stringify({ ...order, port })],
    {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    },
  );
  let before = 0;
  for (;;) {
    const [message] = (await Promise.race([once(load, 'message'), once(load, 'exit').then(() => [undefined])])) as [
      { warm?: true; result?: CoapLoadResult } | undefined,
    ];
    if (!message) throw new Error('the load process ended without a result');
    if (message.warm) before = await processorSeconds(pid);
    if (!message.result) continue;
    const { answered, seconds, refused, resent, medianMs } = message.result;
    const busy = ((await processorSeconds(pid)) - before) / seconds;
    if (load.exitCode === null) await once(load, 'exit');
    if (refused > 0) throw new Error(`${refused} POSTs were refused`);
    return { perSecond: answered / seconds, busy, medianMs, resent };
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

async function freeUdpPort(): Promise<number> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  socket.close();
  await once(socket, 'close');
  return port;
}
