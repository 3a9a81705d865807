import { connect } from 'node:net';
import { edgeConfig, edgeMachine } from '@selvedge/edge';
import { jsonLog, readConfig } from '@selvedge/kernel';
import { systemClock, systemEntropy, systemRandom } from '@selvedge/kernel/system';

/**
 * An edge node like any other, which also fetches an endless update from the port in its first argument, piece by piece,
 * each when the link's budget says so.
 */
const log = jsonLog((line) => process.stderr.write(line), systemClock, 'error');
const config = readConfig(edgeConfig, { prefix: 'SELVEDGE_EDGE', env: process.env });
const machine = await edgeMachine(config, { clock: systemClock, random: systemRandom, entropy: systemEntropy, log });
await machine.start(new AbortController().signal);
process.send?.({ ready: true });
process.on('SIGTERM', () => void machine.stop().then(() => process.exit(0)));
process.on('disconnect', () => process.exit(0));

process.on('message', (order: { fetch: number }) => void fetchFrom(order.fetch));

async function fetchFrom(port: number): Promise<void> {
  const source = connect({ port, host: '127.0.0.1', noDelay: true });
  source.on('error', () => undefined);
  for (;;) {
    const budget = machine.node.budget();
    const bytes = Math.min(16_384, budget.frameBytes);
    const grant = await budget.request({ klass: 3, tier: 'backlog', bytes }, systemClock.ticks());
    const request = Buffer.alloc(4);
    request.writeUInt32LE(bytes);
    source.write(request);
    for (let got = 0; got < bytes; )
      got += await new Promise<number>((resolve) => source.once('data', (chunk) => resolve(chunk.length)));
    grant.done(systemClock.ticks());
  }
}
