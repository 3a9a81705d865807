import type { Cursor } from '@selvedge/journal';
import { type Duration, describeFailure, every, type Fault, millis } from '@selvedge/kernel';
import { type ConfiguredFrame, encodeFrame, type FrameBodies, type TwinFrame } from '@selvedge/protocol';
import type { LinkConnection } from '../../ports.ts';
import { bulkChannel } from './bulk.ts';
import { type Channel, channel, type Handlers } from './channel.ts';
import type { DeviceTally } from './device-tally.ts';
import { batchFrames, bundleFrames } from './frames.ts';
import { hashBefore, helloOf } from './hello.ts';
import { type Shipper, shipper } from './shipper.ts';
import { sideFrames } from './side-frames.ts';
import type { UplinkOptions, UplinkParts } from './uplink.ts';

export interface SessionOutcome {
  readonly welcomed: boolean;
  readonly reason: string;
  /** The cloud asks for so long a pause at least. */
  readonly retryAfter: Duration | undefined;
}

/** One link from hello to its end: a connection for what is urgent and small, and another for bulk where one passes. */
export interface LinkSession {
  readonly welcomed: boolean;
  /** Undefined until the welcome. */
  readonly shipper: Shipper | undefined;
  run(signal: AbortSignal): Promise<SessionOutcome>;
  nudge(): void;
  sendTwin(frame: TwinFrame): boolean;
  sendConfigured(frame: ConfiguredFrame): boolean;
  /** Frames beside the journal that found no room. */
  readonly refused: number;
}

export type SessionParts = UplinkParts & {
  readonly cursors: readonly Cursor[];
  readonly tally: DeviceTally;
  readonly mode: () => 'online' | 'offline';
  /** The cloud could not read a bundle of the link before, so that this one goes batch by batch. */
  readonly distrusted: boolean;
};

/** An answer of more bytes than this goes with the bulk, or it would hold up alarms. */
const answerMax = 16_384;

export function linkSession(options: UplinkOptions, parts: SessionParts, connection: LinkConnection): LinkSession {
  const { journal, clock, log, budget } = parts;
  const over = new AbortController();
  /** So that the cloud can tell which bulk connection joins this link. */
  const name = Math.floor(parts.random.next() * 2 ** 48).toString(16);
  let shipping: Shipper | undefined;
  let knowsTwins = false;
  let knowsConfigurations = false;
  let reason = 'closed';
  let retryAfter: Duration | undefined;
  let welcomed: (body: FrameBodies['welcome']) => void = () => undefined;
  const welcome = new Promise<FrameBodies['welcome'] | undefined>((resolve) => {
    welcomed = resolve;
    over.signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });

  const world = {
    clock,
    silenceMax: options.silenceMax,
    wireBytes: parts.transport.wireBytes,
    carried: (up: number, down: number) => budget.meter.add(up, down, clock.wall()),
  };

  const answer = ({ question, what }: FrameBodies['ask']): void => {
    const give = (found: unknown): void => {
      const isLarge = encodeFrame('answer', { question, answer: found }).length > answerMax;
      (isLarge ? bulk.now : control).say('answer', { question, answer: found });
    };
    parts.answer(what).then(give, (cause: unknown) => give({ failed: describeFailure(cause) }));
  };

  const shared: Handlers = {
    acknowledged: ({ intervals }) => shipping?.acknowledged(intervals),
    refused(body) {
      log.error('link.refused', body);
      if (body.offset !== undefined) return shipping?.refused(body.offset);
      if (body.retryAfter !== undefined) retryAfter = millis(body.retryAfter);
      control.close(`${body.code}: ${body.message}`);
    },
    ask: answer,
  };

  const control: Channel = channel(
    connection,
    {
      ...shared,
      welcome: (body) => welcomed(body),
      prove: ({ offset }) =>
        void hashBefore(journal, offset).then(
          (hash) => control.say('proof', { offset, hash }),
          (cause: unknown) => control.close((cause as Fault).message),
        ),
      twin: (body) => parts.onTwin?.(body),
      configuration: (body) => parts.onConfiguration?.(body),
      command: (body) => parts.onCommand(body, () => control.say('commandTaken', { id: body.id })),
    },
    {
      ...world,
      ended(why) {
        reason = why;
        over.abort();
      },
    },
  );

  const side = sideFrames({ clock, budget, ship: control.ship, signal: over.signal });

  const bulk = bulkChannel(options, {
    ...world,
    transport: parts.transport,
    random: parts.random,
    log,
    control,
    handlers: shared,
    hello: (say) => say('hello', { ...helloOf(options, journal, clock.wall(), name), channel: 'bulk' }),
    lost: (by) => shipping?.lost(by),
  });

  const open = async (): Promise<void> => {
    const body = await welcome;
    if (!body) return;
    const channelFor = (klass: number): Channel => (klass === 0 ? control : bulk.now);
    shipping = shipper(
      options,
      { journal, clock, budget, cursors: parts.cursors, tally: parts.tally, channelFor, ...writers(body) },
      body.acknowledged,
    );
    parts.onCloudTime(body.time);
    log.info('link.welcomed', { held: body.acknowledged.length });
    report('online');
    knowsTwins = body.speaks?.includes('twin') ?? false;
    if (knowsTwins) parts.onTwinLink?.();
    knowsConfigurations = body.speaks?.includes('configuration') ?? false;
    if (knowsConfigurations) parts.onConfigurationLink?.();
    const both = body.speaks?.includes('bulk') ? bulk.run(over.signal) : undefined;
    await Promise.all([shipping.run(over.signal), both]);
  };

  const writers = ({ speaks }: FrameBodies['welcome']) => {
    const singles = batchFrames(parts.pack);
    const isWanted = parts.bundle && !parts.distrusted && speaks?.includes('bundle');
    return { singles, frames: isWanted ? bundleFrames(parts.bundle!) : singles };
  };

  const watch = (): void => {
    control.watch();
    bulk.watch();
    shipping?.watch();
  };
  const report = (mode: 'online' | 'offline'): void => {
    if (shipping) control.say('report', { ...parts.report(), mode });
  };

  return {
    get welcomed() {
      return shipping !== undefined && !over.signal.aborted;
    },
    get shipper() {
      return shipping;
    },
    nudge: () => shipping?.nudge(),
    sendTwin(frame) {
      return knowsTwins && side.send({ type: 'twin', body: frame });
    },
    sendConfigured(frame) {
      return knowsConfigurations && side.send({ type: 'configured', body: frame });
    },
    get refused() {
      return side.refused;
    },
    async run(signal) {
      const stop = (): void => control.close('stopped');
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
      control.say('hello', helloOf(options, journal, clock.wall(), name));
      const tasks = [
        open(),
        every(clock, watchEvery(options), over.signal, watch),
        every(clock, options.reportEvery, over.signal, () => report(parts.mode())),
      ];
      // Whatever fails, the connections end with it.
      for (const task of tasks) task.catch((cause: unknown) => control.close((cause as Fault).message));
      await Promise.allSettled(tasks);
      signal.removeEventListener('abort', stop);
      return { welcomed: shipping !== undefined, reason, retryAfter };
    },
  };
}

const watchEvery = ({ silenceMax }: UplinkOptions): Duration => millis(Math.min(1_000, silenceMax / 6));
