import { backoff, type Duration, describeFailure, type Log, minutes, type Random, seconds } from '@selvedge/kernel';
import type { FrameBodies } from '@selvedge/protocol';
import type { LinkTransport } from '../../ports.ts';
import { type Channel, type ChannelWorld, channel, type Handlers } from './channel.ts';

/** The second connection of a link. */
export interface BulkChannel {
  /** Where bulk goes now: its own connection where one is open, else the control connection. */
  readonly now: Channel;
  /** Keeps one open until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  watch(): void;
}

export interface BulkWorld extends Omit<ChannelWorld, 'ended'> {
  readonly transport: LinkTransport;
  readonly random: Random;
  readonly log: Log;
  readonly control: Channel;
  /** What is heard on either connection. */
  readonly handlers: Handlers;
  hello(say: Channel['say']): void;
  /** What was under way on it must go again. */
  lost(by: Channel): void;
}

/** Where only one connection passes, another is tried now and then: networks change. */
const retry = { min: seconds(1), max: minutes(10) };
/** How long a second connection may take to be welcome. */
const openMax = seconds(20);

/** Bulk has a connection of its own, so that an alarm never stands behind it in one stream. [LNK-41] [LNK-42] */
export function bulkChannel(options: { readonly bulk: boolean }, world: BulkWorld): BulkChannel {
  const { clock, log, control } = world;
  let current: Channel | undefined;

  /** One connection from its hello to its end; true if it was welcome. */
  const runOnce = async (signal: AbortSignal): Promise<boolean> => {
    const connection = await world.transport.connect(signal);
    const ended = Promise.withResolvers<string>();
    let isWelcome = false;
    const one: Channel = channel(
      connection,
      {
        ...world.handlers,
        welcome() {
          isWelcome = true;
          current = one;
          log.info('link.bulk_opened', {});
        },
        // A refusal of the second connection is no end of the first.
        refused(body: FrameBodies['refused']) {
          if (body.offset === undefined) one.close(`${body.code}: ${body.message}`);
          else world.handlers.refused?.(body);
        },
      },
      { ...world, ended: ended.resolve },
    );
    const stop = (): void => one.close('stopped');
    signal.addEventListener('abort', stop, { once: true });
    world.hello(one.say);
    const late = clock.sleep(openMax, signal).then(() => isWelcome || one.close('no welcome came'));
    late.catch(() => undefined);
    const why = await ended.promise;
    signal.removeEventListener('abort', stop);
    current = undefined;
    if (signal.aborted) return isWelcome;
    log.info('link.bulk_lost', { reason: why });
    world.lost(one);
    return isWelcome;
  };

  return {
    get now() {
      return current ?? control;
    },
    async run(signal) {
      for (let attempt = 0; options.bulk && !signal.aborted; attempt++) {
        try {
          if (await runOnce(signal)) attempt = 0;
        } catch (cause) {
          if (signal.aborted) return;
          log.debug('link.bulk_unreachable', describeFailure(cause));
        }
        const wait: Duration = backoff(world.random, attempt + 1, retry);
        await clock.sleep(wait, signal).catch(() => undefined);
      }
    },
    watch: () => current?.watch(),
  };
}
