import type { Clock } from '@selvedge/kernel';
import {
  type Command,
  type ConfigurationPhase,
  fencedFault,
  isConfigurationSettled,
  type TwinFrame,
  type TwinPart,
} from '@selvedge/protocol';
import type { CommandView, SagaAction, SagaView, Store } from '../../ports.ts';
import { keyOf, type Outcome, type SagaEffect } from './step-saga.ts';

export interface PerformWorld {
  readonly clock: Clock;
  readonly store: Pick<Store, 'commands' | 'registry' | 'twins' | 'configurations'>;
  readonly links: {
    send(node: string): boolean;
    sendTwin(node: string, frame: TwinFrame): void;
    configure(node: string): void;
  };
  /** The frame that tells a node what changed of a twin. */
  readonly changedFrame: (part: TwinPart) => TwinFrame;
}

/** Makes sure that an effect is under way, once, and tells what has become of it so far. */
export async function perform(saga: SagaView, effect: SagaEffect, world: PerformWorld): Promise<Outcome> {
  if (effect.way === 'await') return awaitCommand(effect.key, world);
  const step = saga.steps[effect.step]!;
  const action = effect.way === 'do' ? step.do : step.undo!;
  switch (action.kind) {
    case 'configure':
      return configure(action, effect.key, saga, world);
    case 'command':
      return command(action, effect.key, saga, world);
    case 'twin':
      return editTwin(action, effect.key, saga, world);
    case 'restore':
      return restore(step.do as Extract<SagaAction, { kind: 'configure' }>, effect, saga, world);
  }
}

type Action<Kind extends SagaAction['kind']> = Extract<SagaAction, { kind: Kind }>;

const pending: Outcome = { kind: 'pending' };
const failed = (why: string, more: { hadEffect?: boolean; mayRetry?: boolean } = {}): Outcome => ({
  kind: 'failed',
  why,
  hadEffect: more.hadEffect ?? false,
  mayRetry: more.mayRetry ?? false,
});

async function configure(
  { node, settings }: Pick<Action<'configure'>, 'node' | 'settings'>,
  key: string,
  { id }: SagaView,
  { store, links, clock }: PerformWorld,
): Promise<Outcome> {
  const { configurations } = store;
  const found = await configurations.proposed(node, key);
  if (!found) {
    const done = await configurations.propose(node, { settings, by: `saga:${id}`, about: key }, clock.wall());
    if (done.kind === 'refused') return failed(done.why, { mayRetry: true });
    links.configure(node);
    return pending;
  }
  const { version, phase, why } = found.made;
  if (phase === 'confirmed') return { kind: 'done', result: { version } };
  if (!isConfigurationSettled(phase)) return pending;
  return failed(`version ${version} of ${node} was ${phase}: ${why ?? 'nobody knows why'}`, {
    mayRetry: mayStand(phase),
  });
}

/** Another trial may go better; what cannot be used, or gave way to somebody else's, does not. */
const mayStand = (phase: ConfigurationPhase): boolean => phase === 'returned';

async function restore(
  { node }: Action<'configure'>,
  { step, key }: SagaEffect,
  saga: SagaView,
  world: PerformWorld,
): Promise<Outcome> {
  const { configurations } = world.store;
  const first = await configurations.proposed(node, keyOf(saga.id, step, 'do', 1));
  if (!first) return { kind: 'done', result: null };
  const outcome = await configure({ node, settings: first.before?.settings ?? {} }, key, saga, world);
  // The node was never told to apply it: nothing is to be waited for, also from a node that stays away.
  const { preparedAt, phase } = (await configurations.proposed(node, keyOf(saga.id, step, 'do', 1)))!.made;
  const neverLeft = preparedAt === null && phase === 'superseded';
  return outcome.kind === 'pending' && neverLeft ? { kind: 'done', result: null } : outcome;
}

async function command(
  { device, command: name, arguments: given, expiresInSeconds }: Action<'command'>,
  key: string,
  saga: SagaView,
  { store, links, clock }: PerformWorld,
): Promise<Outcome> {
  const found = await store.commands.find(key);
  if (found) return endOf(found);
  const heard = await store.registry.device(device);
  if (!heard) return failed(`no node has heard of ${device}`, { mayRetry: true });
  const issuedAt = clock.wall();
  const order: Command = {
    ...{ id: key, device, name, arguments: given, issuedAt },
    expiresAt: issuedAt + expiresInSeconds * 1_000,
    origin: 'operator',
    reason: `saga ${saga.name}`,
  };
  await store.commands.issue(order, heard.node);
  const issued = await store.commands.find(key);
  if (issued) links.send(issued.node);
  return pending;
}

/** One that was never issued is over. */
async function awaitCommand(key: string, { store }: PerformWorld): Promise<Outcome> {
  const found = await store.commands.find(key);
  return found ? endOf(found) : { kind: 'done', result: null };
}

function endOf({ state, result, sentAt, deliveredAt }: CommandView): Outcome {
  switch (state) {
    case 'done':
      return { kind: 'done', result };
    case 'failed': {
      const { fault } = (result ?? {}) as { readonly fault?: unknown };
      const why = `the device says ${JSON.stringify(result)}`.slice(0, 1_000);
      return failed(why, { hadEffect: !neverBegun.includes(String(fault)), mayRetry: true });
    }
    case 'expired':
      // What a node has taken may have reached the device after all, as long as the node has not said otherwise.
      return failed('it expired', { hadEffect: sentAt !== null || deliveredAt !== null, mayRetry: true });
    default:
      return pending;
  }
}

/** Faults of commands that the device did not begin with. */
const neverBegun: readonly string[] = [
  fencedFault,
  'COMMAND_EXPIRED',
  'COMMAND_UNKNOWN',
  'COMMANDS_FULL',
  'COMMAND_CROWDED',
];

async function editTwin(
  { device, sections }: Action<'twin'>,
  key: string,
  { id }: SagaView,
  { store, links, clock, changedFrame }: PerformWorld,
): Promise<Outcome> {
  const about = { by: `saga:${id}`, now: clock.wall() };
  const done = await store.twins.wish(device, { kind: 'patch', sections, about: key }, about);
  if (done.kind === 'refused') return failed(done.why, { mayRetry: done.code === 'DEVICE_UNKNOWN' });
  if (done.hasChanged) links.sendTwin(done.view.node, changedFrame(done.part));
  return { kind: 'done', result: { version: done.view.version } };
}
