import { type Clock, type Duration, describeFailure, type Log } from '@selvedge/kernel';
import { bundleDecoder, type ConfigurationFrame, frameTypeOf, type NodeReport } from '@selvedge/protocol';
import type { CloudMetrics } from '../../metrics.ts';
import type { Claim, Configurations, Held, Intake, LinkConnection, Store, TwinSync } from '../../ports.ts';
import { type Fit, judgeFit } from './fit.ts';
import type { Hello } from './hello.ts';
import type { LinkEffect, LinkInput, LinkLimits } from './link-step.ts';
import { lookUp } from './look-up.ts';
import { questions } from './questions.ts';
import { newSession, stepLink } from './session.ts';
import { takeBatch } from './take-batch.ts';
import { takeBundle } from './take-bundle.ts';
import type { Turnstile } from './turnstile.ts';
import { unzip } from './unzip.ts';

export interface LinksOptions extends LinkLimits {
  /** How long a node may take to answer a question. */
  readonly askMax: Duration;
}

export interface LinksWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CloudMetrics;
  readonly store: Pick<Store, 'log' | 'registry' | 'commands'> & {
    readonly configurations: Pick<Configurations, 'heard' | 'due'>;
  };
  /** The cloud's half of the comparison of twins with a node. */
  readonly twins: (node: string) => TwinSync;
  readonly intake: Intake;
}

/** What one link tells of itself. */
export interface LinkEvents {
  opened(link: OneLink, hello: Hello): void;
  /** The control connection that this bulk connection joins, if it is open. */
  controlOf(node: string, hello: Hello): OneLink | undefined;
  /** How long a node must wait that could not be let in now. */
  crowded(): Duration;
  answered(node: string, question: number, answer: unknown): void;
  reported(link: OneLink, report: NodeReport): void;
  closed(link: OneLink, reason: string): void;
}

/** One connection of one node, from its acceptance to its end. */
export interface OneLink {
  readonly node: string;
  /** Empty until its hello. */
  readonly epoch: string;
  /** The name of its link, as its node says it; older nodes say none. */
  readonly name: string | undefined;
  /** From its welcome on. */
  readonly claim: Claim | undefined;
  feed(input: LinkInput): void;
  ask(what: 'audit'): Promise<unknown>;
  answered(question: number, answer: unknown): void;
  /** Sends the commands that wait for the node in the store. */
  sendQueued(): void;
  /** Sends what the node should do next about its configuration. */
  sendConfiguration(): void;
  close(reason: string): void;
}

/** Performs what the link engine decides, on the connection and the store. */
export function oneLink(
  connection: LinkConnection,
  node: string,
  options: LinksOptions,
  world: LinksWorld,
  events: LinkEvents,
  hellos: Turnstile,
): OneLink {
  const { clock, log, metrics, store } = world;
  const now = () => ({ wall: clock.wall(), ticks: clock.ticks() });
  const open = questions(options.askMax, world);
  const bundles = bundleDecoder({ unpack: unzip });
  const twins = world.twins(node);
  let session = newSession(node, now());
  let greeted: Hello | undefined;
  let claim: Claim | undefined;
  let isClosed = false;

  /** What cannot be done with the store ends the link, so that the node tries again later. */
  const attempt = (task: () => Promise<LinkInput | readonly LinkInput[]>): void => {
    const failed = (cause: unknown): LinkInput => {
      log.error('link.store_failed', { node, ...describeFailure(cause) });
      return { kind: 'failed', message: 'the store failed' };
    };
    void task()
      .catch(failed)
      .then((inputs) => [inputs].flat().forEach(link.feed));
  };

  const configure = (next: Promise<ConfigurationFrame | undefined>): void =>
    attempt(async () => {
      const frame = await next;
      return frame ? { kind: 'configuration', frame } : [];
    });

  const actions: { [Kind in LinkEffect['kind']]: (effect: Extract<LinkEffect, { kind: Kind }>) => void } = {
    send({ frame }) {
      connection.send(frame);
      if (connection.bufferedBytes > options.waitingMax) link.feed({ kind: 'unread', bytes: connection.bufferedBytes });
    },
    look({ hello }) {
      const looked = hellos.pass(() => lookUp(store, node, hello));
      if (!looked) return link.feed({ kind: 'crowded', retryAfter: events.crowded() });
      attempt(async () => {
        const known = await looked;
        const hasControl = events.controlOf(node, hello) !== undefined;
        return { kind: 'facts', hello, facts: { ...known, hasControl } };
      });
    },
    claim({ hello, proof }) {
      let fit: Fit = { kind: 'fits' };
      const judge = (held: readonly Held[]): boolean => {
        fit = judgeFit(hello, proof, held);
        return fit.kind === 'fits';
      };
      attempt(async () => {
        const own = await world.intake.claim({ node, epoch: hello.epoch }, judge);
        if (isClosed) own?.end();
        else claim = own;
        return { kind: 'claimed', fit };
      });
    },
    opened({ hello }) {
      greeted = hello;
      if (hello.channel === 'bulk') claim = events.controlOf(node, hello)?.claim;
      // Its control connection has ended since it was looked up; the node opens both anew.
      if (!claim) return link.feed({ kind: 'failed', message: 'the control connection has ended' });
      events.opened(link, hello);
    },
    take: ({ batch }) => attempt(() => takeBatch(batch, claim!, world)),
    takeBundle: ({ bundle }) => attempt(() => takeBundle(bundle, claim!, world)),
    settleSoon: () => clock.soon(() => link.feed({ kind: 'settle' })),
    commandTaken: ({ id }) => attempt(() => store.commands.taken(id, clock.wall()).then(() => [])),
    report: ({ report }) => events.reported(link, report),
    hearTwin: ({ frame }) =>
      attempt(async () => {
        const said = await twins.hear(frame, clock.wall());
        if (typeof said === 'string') return { kind: 'twinUnfit', why: said };
        return said.map((one) => ({ kind: 'twin', frame: one }));
      }),
    hearConfigured: ({ said }) => configure(store.configurations.heard(node, said, clock.wall())),
    answer: ({ question, answer }) => events.answered(node, question, answer),
    pause() {
      metrics.linkPaused.add(1);
      connection.pause?.();
    },
    resume: () => connection.resume?.(),
    end({ code, message }) {
      metrics.linkEnded.add(1, code);
      log.warn('link.ended', { node, code, message });
      link.close(code);
    },
  };

  const link: OneLink = {
    node,
    get epoch() {
      return session.epoch;
    },
    get name() {
      return greeted?.link;
    },
    get claim() {
      return claim;
    },
    answered: (question, answer) => open.answered(question, answer),
    feed(input) {
      if (isClosed) return;
      const step = stepLink(session, input, now(), options);
      session = step.session;
      for (const effect of step.effects) (actions[effect.kind] as (effect: LinkEffect) => void)(effect);
    },
    ask: (what) => open.ask((question) => link.feed({ kind: 'question', question, what })),
    sendQueued: () =>
      attempt(async () => (await store.commands.queued(node)).map((command) => ({ kind: 'command', command }))),
    sendConfiguration: () => configure(store.configurations.due(node, clock.wall())),
    close(reason) {
      if (isClosed) return;
      isClosed = true;
      open.end();
      if (greeted?.channel !== 'bulk') claim?.end();
      connection.close(reason);
      events.closed(link, reason);
    },
  };
  connection.onClose((reason) => link.close(reason));
  connection.onFrame((frame) => {
    metrics.linkFrames.add(1);
    metrics.linkBytes.add(frame.length);
    const type = frameTypeOf(frame);
    if (type.ok && type.value === 'bundle') link.feed({ kind: 'bundle', bundle: bundles.decode(frame) });
    else link.feed({ kind: 'frame', frame });
  });
  return link;
}
