import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTo, millis, seeded } from '@selvedge/kernel';
import { simulatedClock, timeline } from '@selvedge/testkit';
import { bridgeFaults } from './faults.ts';
import type { Dial, DialOptions, Line } from './line.ts';
import { limits } from './relay.fixture.ts';
import { way } from './way.ts';

/** A broker at one end, which says of each dial what happened. */
function end(name: string, heard: string[]) {
  const state: { resumed: boolean; reachable: boolean; inFlight: number } = {
    resumed: true,
    reachable: true,
    inFlight: 7,
  };
  const lines: AbortController[] = [];
  const dial: Dial = ({ clean, receiveMax }: DialOptions) => {
    heard.push(`${name} ${state.reachable ? `dialled${clean ? ' clean' : ''}` : 'unreachable'}`);
    if (!state.reachable) return Promise.reject(bridgeFaults('BRIDGE_UNREACHABLE', 'no'));
    const lost = new AbortController();
    lines.push(lost);
    const line: Line = {
      lost: lost.signal,
      resumed: state.resumed,
      limits: { ...limits, receiveMax: state.inFlight },
      subscribe: async (wanted) => void heard.push(`${name} subscribed ${wanted.map(({ filter }) => filter)}`),
      unsubscribe: async (filters) => void heard.push(`${name} unsubscribed ${filters}`),
      open: () => void heard.push(`${name} opened for ${receiveMax}`),
      publish: () => undefined,
      release: () => undefined,
      acknowledge: () => undefined,
      receive: () => undefined,
      complete: () => undefined,
      async close() {
        lost.abort(bridgeFaults('BRIDGE_LOST', 'closed'));
      },
    };
    return Promise.resolve(line);
  };
  return { state, dial, lose: () => lines.at(-1)!.abort(bridgeFaults('BRIDGE_LOST', 'cut')) };
}

function setUp(before: readonly string[] = []) {
  const line = timeline();
  const heard: string[] = [];
  const logged: string[] = [];
  const [source, sink] = [end('source', heard), end('sink', heard)];
  const counts = { lost: 0, sessionsLost: 0 };
  let kept = before;
  const one = way(
    { bridge: 'b', direction: 'out', inFlightMax: 100, retryMin: millis(1_000), retryMax: millis(8_000) },
    {
      clock: simulatedClock(line),
      random: seeded(1),
      log: logTo((level, event) => void logged.push(`${level} ${event}`), 'debug'),
      source: source.dial,
      sink: sink.dial,
      mapping: { wanted: [{ filter: 'a/#', qos: 1 }], map: (topic) => topic, reverse: () => undefined },
      decide: (message) => ({ ok: true, message }),
      subscribed: { read: async () => kept, write: async (filters) => void (kept = filters) },
      onForwarded: () => undefined,
      onDropped: () => undefined,
      onLost: () => void (counts.lost += 1),
      onSessionLost: () => void (counts.sessionsLost += 1),
    },
  );
  const stopping = new AbortController();
  return {
    one,
    source,
    sink,
    counts,
    logged,
    heard: () => heard.splice(0),
    signal: stopping.signal,
    stop: () => stopping.abort(),
    run: () => void one.run(stopping.signal),
    /** Lets simulated time pass, and all that follows from it. */
    async pass(milliseconds: number) {
      for (let step = 0; step < 50; step++) await Promise.resolve();
      await line.run(line.now + milliseconds);
      for (let step = 0; step < 50; step++) await Promise.resolve();
    },
  };
}

test('way: messages come once both ends are there, as many at once as the slower end takes [BRG-11]', async () => {
  const { run, heard, pass, one, stop } = setUp();
  run();
  await pass(1);
  assert.deepEqual(heard(), ['sink dialled', 'source dialled', 'source opened for 7', 'source subscribed a/#']);
  assert.equal(one.connected, true);
  stop();
  await pass(1);
  assert.equal(one.connected, false);
});

test('way: when the source has a new session, the sink forgets what it has of the old one [BRG-7]', async () => {
  const { run, heard, pass, source, stop } = setUp();
  source.state.resumed = false;
  run();
  await pass(1);
  assert.deepEqual(heard().slice(0, 4), ['sink dialled', 'source dialled', 'sink dialled clean', 'sink dialled']);
  stop();
});

test('way: a session that was made while the sink was away is new to it still [BRG-5] [BRG-7]', async () => {
  const { one, signal, run, heard, pass, source, sink, stop } = setUp();
  source.state.resumed = false;
  await one.prepare(signal);
  assert.deepEqual(heard(), ['source dialled', 'source opened for 1', 'source subscribed a/#']);
  source.state.resumed = true;
  sink.state.reachable = false;
  run();
  await pass(1);
  sink.state.reachable = true;
  heard();
  await pass(8_000);
  assert.deepEqual(heard().slice(0, 3), ['sink dialled', 'source dialled', 'sink dialled clean']);
  stop();
});

test('way: filters that no rule wants any more are given up, and a session that was not kept is told [BRG-15]', async () => {
  const kept = setUp(['a/#', 'old/#']);
  kept.run();
  await kept.pass(1);
  assert.ok(kept.heard().includes('source unsubscribed old/#'));
  kept.stop();
  const lost = setUp(['a/#']);
  lost.source.state.resumed = false;
  lost.run();
  await lost.pass(1);
  assert.deepEqual([lost.counts.sessionsLost, lost.logged[0]], [1, 'warn bridge.session_lost']);
  lost.stop();
});

test('way: it tries again after waits that grow to their ceiling, and says once that it cannot [BRG-15]', async () => {
  const { run, heard, pass, sink, logged, one, counts, stop } = setUp();
  sink.state.reachable = false;
  run();
  await pass(100_000);
  const attempts = heard().length;
  assert.ok(attempts > 100_000 / 8_000 && attempts < 80, `${attempts} attempts`);
  assert.deepEqual(
    [logged[0], new Set(logged.slice(1))],
    ['warn bridge.unreachable', new Set(['debug bridge.unreachable'])],
  );
  sink.state.reachable = true;
  await pass(8_000);
  assert.equal(one.connected, true);
  sink.lose();
  await pass(8_000);
  assert.deepEqual(
    [counts.lost, logged.filter((line) => !line.startsWith('debug')).slice(1)],
    [1, ['info bridge.connected', 'warn bridge.lost', 'info bridge.connected']],
  );
  stop();
});
