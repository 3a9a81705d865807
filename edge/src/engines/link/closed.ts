import type { Cursor, Journal } from '@selvedge/journal';
import { backoff, describeFailure, every, type Service, seconds, service } from '@selvedge/kernel';
import { type FrameBodies, lanes } from '@selvedge/protocol';
import type { ClosedJournals, EdgeAdapters, LinkBudget, LinkTransport } from '../../ports.ts';
import { type Channel, channel } from './channel.ts';
import { deviceTally } from './device-tally.ts';
import { batchFrames, bundleFrames, type Pack } from './frames.ts';
import { hashBefore, helloOf } from './hello.ts';
import { type Shipper, shipper } from './shipper.ts';
import type { UplinkOptions, UplinkParts } from './uplink.ts';

export interface ClosedParts extends Pick<UplinkParts, 'clock' | 'random' | 'log'> {
  readonly closed: ClosedJournals;
  readonly transport: LinkTransport;
  readonly budget: LinkBudget;
  readonly pack: Pack;
  readonly bundle?: EdgeAdapters['bundle'];
}

/** Refusals after which the same journal would be refused again. */
const final = new Set(['LINK_FORK', 'LINK_EPOCH_FOREIGN', 'LINK_NODE_FOREIGN']);

/**
 * Ships what journals of earlier lives have and the cloud lacks, one journal after the other, over a connection of its own,
 * and removes each when the cloud has all of it. A journal that the cloud refuses stays where it is. [LNK-50] [LNK-51]
 */
export function closedUplink(options: UplinkOptions, parts: ClosedParts): Service {
  const { closed, clock, log } = parts;
  const ended = new AbortController();
  let running: Promise<void> | undefined;

  const drain = async (epoch: string): Promise<void> => {
    await using journal = await closed.open(epoch);
    await journal.start(ended.signal);
    const cursors = lanes.map((_, klass) => journal.cursor(`link-${klass}`, { classes: [klass], holds: true }));
    for (let attempt = 0; !ended.signal.aborted; attempt++) {
      const outcome = await shipOnce(options, parts, { journal, cursors }, ended.signal).catch((cause: unknown) => {
        if (!ended.signal.aborted) log.debug('link.closed_unreachable', { epoch, ...describeFailure(cause) });
        return 'lost' as const;
      });
      if (outcome === 'refused') return;
      if (outcome === 'done') {
        await journal.stop();
        await closed.remove(epoch);
        return log.info('link.closed_shipped', { epoch, records: journalEnd(cursors) });
      }
      const wait = backoff(parts.random, attempt, { min: options.retryMin, max: options.retryMax });
      await clock.sleep(wait, ended.signal).catch(() => undefined);
    }
  };

  return service({
    start() {
      running = (async () => {
        for (const epoch of await closed.list()) if (!ended.signal.aborted) await drain(epoch);
      })().catch((cause: unknown) => log.error('link.closed_stuck', describeFailure(cause)));
    },
    async stop() {
      ended.abort();
      await running;
    },
  });
}

const journalEnd = (cursors: readonly Cursor[]): number => Math.max(...cursors.map(({ offset }) => offset));

interface ClosedRun {
  readonly journal: Journal;
  readonly cursors: readonly Cursor[];
}

/** One connection from hello to its end. */
async function shipOnce(
  options: UplinkOptions,
  parts: ClosedParts,
  { journal, cursors }: ClosedRun,
  signal: AbortSignal,
): Promise<'done' | 'lost' | 'refused'> {
  const { clock, log, budget, transport } = parts;
  const connection = await transport.connect(signal);
  const over = new AbortController();
  let outcome: 'done' | 'lost' | 'refused' = 'lost';
  let shipping: Shipper | undefined;
  const run = Promise.withResolvers<void>();

  const open = ({ acknowledged, speaks }: FrameBodies['welcome']): void => {
    const singles = batchFrames(parts.pack);
    const frames = parts.bundle && speaks?.includes('bundle') ? bundleFrames(parts.bundle) : singles;
    const channelFor = (): Channel => line;
    shipping = shipper(
      options,
      { journal, clock, budget, cursors, tally: deviceTally(), channelFor, frames, singles },
      acknowledged,
    );
    shipping.run(over.signal).then(run.resolve, run.reject);
  };
  const line: Channel = channel(
    connection,
    {
      welcome: open,
      prove: ({ offset }) =>
        void hashBefore(journal, offset).then(
          (hash) => line.say('proof', { offset, hash }),
          (cause: unknown) => line.close((cause as Error).message),
        ),
      acknowledged: ({ intervals }) => shipping?.acknowledged(intervals),
      refused(body) {
        log.error('link.refused', { epoch: journal.epoch, ...body });
        if (body.offset !== undefined) return shipping?.refused(body.offset);
        if (final.has(body.code)) outcome = 'refused';
        line.close(`${body.code}: ${body.message}`);
      },
    },
    {
      clock,
      silenceMax: options.silenceMax,
      wireBytes: transport.wireBytes,
      carried: (up, down) => budget.meter.add(up, down, clock.wall()),
      ended: () => over.abort(),
    },
  );
  const stop = (): void => line.close('stopped');
  signal.addEventListener('abort', stop, { once: true });
  over.signal.addEventListener('abort', () => run.resolve(), { once: true });
  line.say('hello', { ...helloOf(options, journal, clock.wall()), channel: 'closed' });
  const look = every(clock, seconds(1), over.signal, () => {
    line.watch();
    shipping?.watch();
    if (!shipping || cursors.some(({ offset }) => offset < journal.head.offset)) return;
    outcome = 'done';
    line.close('all is shipped');
  });
  await Promise.allSettled([run.promise, look]);
  signal.removeEventListener('abort', stop);
  return outcome;
}
