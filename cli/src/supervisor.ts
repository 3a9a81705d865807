import type { Clock } from '@selvedge/kernel';
import {
  type ChildFailure,
  type ChildName,
  type ChildState,
  emptySupervisor,
  isClosed,
  type News,
  type SupervisorEffect,
  type SupervisorInput,
  stepSupervisor,
} from './engines/supervisor/supervisor.ts';

/** A process of its own. */
export interface Child {
  readonly pid: number | undefined;
  signal(signal: 'SIGTERM' | 'SIGKILL'): void;
}

/** Starts processes; adapters/fork/children.ts for real, a list in tests. */
export type SpawnChild = (
  name: ChildName,
  heard: { ready(facts: unknown): void; exited(failure: ChildFailure): void },
) => Child;

export interface Supervisor {
  /** Settles when the child is ready; rejects with its ChildFailure. Also when it already runs. */
  start(name: ChildName): Promise<void>;
  /** Settles when the child is gone. */
  stop(name: ChildName): Promise<void>;
  /** Ends all, the last started first; settles when nothing is left. */
  close(): Promise<void>;
  /** Kills all at once, so that `close` soon settles. */
  kill(): void;
  children(): Readonly<Record<ChildName, ChildState & { readonly pid: number | undefined }>>;
  /** What the child said when it was last ready. */
  facts(name: ChildName): unknown;
  onNews(listener: (name: ChildName, news: News, failure: ChildFailure | undefined) => void): void;
}

/** Performs what the engine decides. */
export function supervisor(spawn: SpawnChild, clock: Clock): Supervisor {
  let state = emptySupervisor;
  const running = new Map<ChildName, Child>();
  const facts = new Map<ChildName, unknown>();
  const alarms = new Map<ChildName, AbortController>();
  const listeners: ((name: ChildName, news: News, failure: ChildFailure | undefined) => void)[] = [];
  let change = Promise.withResolvers<void>();

  const feed = (input: SupervisorInput): void => {
    const step = stepSupervisor(state, input, clock.ticks());
    state = step.state;
    for (const effect of step.effects) perform(effect);
    change.resolve();
    change = Promise.withResolvers();
  };

  const perform = (effect: SupervisorEffect): void => {
    const { name } = effect;
    switch (effect.kind) {
      case 'spawn': {
        const child: Child = spawn(name, {
          ready(said) {
            facts.set(name, said);
            feed({ kind: 'ready', name });
          },
          exited(failure) {
            if (running.get(name) === child) running.delete(name);
            feed({ kind: 'exited', name, failure });
          },
        });
        running.set(name, child);
        break;
      }
      case 'signal':
        running.get(name)?.signal(effect.signal);
        break;
      case 'alarm':
        setAlarm(name, effect);
        break;
      case 'cancel':
        alarms.get(name)?.abort();
        break;
      case 'tell':
        for (const listener of listeners) listener(name, effect.news, effect.failure);
    }
  };

  const setAlarm = (name: ChildName, { about, wait }: SupervisorEffect & { kind: 'alarm' }): void => {
    alarms.get(name)?.abort();
    const alarm = new AbortController();
    alarms.set(name, alarm);
    clock.sleep(wait, alarm.signal).then(
      () => feed({ kind: about, name }),
      () => undefined,
    );
  };

  const until = async (reached: () => boolean): Promise<void> => {
    while (!reached()) await change.promise;
  };

  return {
    async start(name) {
      if (state.children[name].phase === 'stopping') await until(() => state.children[name].phase !== 'stopping');
      feed({ kind: 'start', name });
      await until(() => !['starting', 'waiting'].includes(state.children[name].phase));
      const { phase, failure } = state.children[name];
      if (phase !== 'running') throw failure ?? { message: `${name} was stopped` };
    },
    async stop(name) {
      feed({ kind: 'stop', name });
      await until(() => state.children[name].phase !== 'stopping');
    },
    async close() {
      feed({ kind: 'close' });
      await until(() => isClosed(state));
      for (const alarm of alarms.values()) alarm.abort();
    },
    kill: () => feed({ kind: 'kill' }),
    children: () => ({
      cloud: { ...state.children.cloud, pid: running.get('cloud')?.pid },
      edge: { ...state.children.edge, pid: running.get('edge')?.pid },
      demo: { ...state.children.demo, pid: running.get('demo')?.pid },
    }),
    facts: (name) => facts.get(name),
    onNews: (listener) => void listeners.push(listener),
  };
}
