import type { TestContext } from 'node:test';
import { logTo } from '@selvedge/kernel';
import { type ConfiguredFrame, configurationName, type NodePhase } from '@selvedge/protocol';
import { openStore } from '../../../test/open-store.ts';
import { aNamed, shippedJournal } from '../../../test/shipped-journal.ts';
import { cloudMetrics } from '../../metrics.ts';
import type { SagaAction, SagaPlan } from '../../ports.ts';
import { changedFrame } from '../twin/sync.ts';
import { type SagaRunner, sagaRunner } from './run-sagas.ts';

export const device = 'pump-7';

export const commandTo = (command: string): SagaAction => ({
  ...{ kind: 'command', device, command, arguments: {}, expiresInSeconds: 60 },
});
const tag = (value: string): SagaAction => ({ kind: 'twin', device, sections: { tags: { hall: value } } });
export const configure: SagaAction = { kind: 'configure', node: 'edge-1', settings: { window: { period: '30s' } } };

/** Something of every kind, and what takes it back. */
export const plan: SagaPlan = {
  name: 'move the limit',
  steps: [
    { name: 'tag', do: tag('B'), undo: tag('A') },
    { name: 'flush', do: commandTo('flush'), undo: commandTo('fill') },
    { name: 'window', do: configure, undo: { kind: 'restore' } },
    { name: 'seal', do: commandTo('seal'), undo: null },
  ],
  within: 600_000,
  retriesMax: 0,
};

/** Thrown by whatever a program that was killed would have done next. */
export class Killed extends Error {}

/** A store, the node and the device beyond it, and a cloud that can be killed at any of its writes. */
export async function sagaSite(t: TestContext, obeys: (command: string, time: number) => boolean = () => true) {
  const { store, clock, ship } = await openStore(t, { path: ':memory:', worker: false });
  const journal = shippedJournal();
  await store.registry.nodeSeen('edge-1', journal.epoch, clock.time);
  await ship(journal.readings(aNamed(1)));
  /** What happened outside, in order. */
  const done: string[] = [];
  let said: ConfiguredFrame = { good: configurationName({ version: 0, settings: {} }) };
  const node: { stands: boolean } = { stands: true };

  const obey = async (): Promise<void> => {
    for (const { id, name } of await store.commands.queued('edge-1')) {
      await store.commands.taken(id, clock.time);
      const isObeyed = obeys(name, done.filter((one) => one.startsWith(name)).length);
      done.push(isObeyed ? name : `${name} failed`);
      const state = isObeyed ? 'done' : 'failed';
      await ship(journal.record('commandState', { id, device, state, at: clock.time, result: { ok: isObeyed } }));
    }
  };

  const beConfigured = async (): Promise<void> => {
    for (let frame = await store.configurations.heard('edge-1', said, clock.time); frame; ) {
      if (frame.kind === 'prepare') said = { ...said, trial: { ...configurationName(frame), phase: 'prepared' } };
      else {
        const { version, digest } = frame;
        const phase: NodePhase = node.stands ? 'confirmed' : 'returned';
        done.push(`version ${version} ${phase}`);
        said = node.stands
          ? { good: { version, digest } }
          : { good: said.good, ended: { version, digest, phase: 'returned', why: 'unsound' } };
      }
      frame = await store.configurations.heard('edge-1', said, clock.time);
    }
  };

  /** A cloud that dies at its so-many-th write, before or after it is on the disk. */
  const cloud = (killAt = Number.POSITIVE_INFINITY, when: 'before' | 'after' = 'before') => {
    let writes = 0;
    let isDead = false;
    const mortal = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get:
          (target, name) =>
          async (...given: unknown[]) => {
            if (isDead) throw new Killed();
            const act = () => (target as Record<string, (...all: unknown[]) => unknown>)[String(name)]!(...given);
            if (!writing.includes(String(name)) || ++writes !== killAt) return act();
            isDead = true;
            if (when === 'after') await act();
            throw new Killed();
          },
      });
    const runner: SagaRunner = sagaRunner({
      clock,
      log: logTo(() => undefined, 'error'),
      metrics: cloudMetrics(),
      store: {
        commands: mortal(store.commands),
        registry: mortal(store.registry),
        twins: mortal(store.twins),
        configurations: mortal(store.configurations),
      },
      sagas: mortal(store.sagas),
      links: { send: () => true, sendTwin: () => undefined, configure: () => undefined },
      changedFrame,
    });
    return {
      runner,
      get isDead() {
        return isDead;
      },
    };
  };

  return {
    ...{ store, clock, done, node, cloud, obey },
    /** Lets so many seconds pass outside, in which the cloud looks at its sagas. */
    async pass(runner: SagaRunner, seconds: number): Promise<void> {
      for (let i = 0; i < seconds; i++) {
        clock.time += 1_000;
        await runner.look().catch((cause: unknown) => {
          if (!(cause instanceof Killed)) throw cause;
        });
        await obey();
        await beConfigured();
      }
    },
    said: () => said,
  };
}

const writing = ['create', 'save', 'issue', 'propose', 'wish'];
