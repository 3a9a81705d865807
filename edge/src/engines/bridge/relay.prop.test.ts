import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type MakeRelay, rightRelay, twoBrokers } from './relay.fixture.ts';

const seed = 33;
const step = fc.constantFrom(
  'publish 1',
  'publish 2',
  'fromSource',
  'toSource',
  'toSink',
  'fromSink',
  'commit',
  'crash',
);

/** Runs random steps and lets everything arrive; throws where a promise is broken. */
const story = (make: MakeRelay): void =>
  fc.assert(
    fc.property(fc.array(step, { minLength: 20, maxLength: 120, size: 'max' }), (path) => {
      const world = twoBrokers(make);
      const sent: string[] = [];
      for (const name of path) {
        if (name.startsWith('publish')) {
          const before = world.owed;
          world.steps.publish(name.endsWith('1') ? 1 : 2);
          if (world.owed > before) sent.push(`${name.at(-1)}-${world.published}`);
        } else world.steps[name as 'commit']();
      }
      world.drain();
      assert.equal(world.owed, 0, 'the source keeps something for ever');
      for (const one of sent) {
        const times = world.committed.filter((topic) => topic === one).length;
        assert.ok(times >= 1, `${one} is lost`);
        assert.ok(times === 1 || one.startsWith('1'), `${one} of QoS 2 came ${times} times`);
      }
    }),
    { seed, numRuns: 500 },
  );

test('relay: through crashes at any step QoS 1 arrives at least once and QoS 2 exactly once [BRG-6] [BRG-7]', () => {
  story(rightRelay);
});

test('relay: an acknowledgement before the commit is found by this story [BRG-6]', () => {
  const hasty: MakeRelay = (source, sink) =>
    rightRelay(source, {
      ...sink,
      publish(message, id) {
        sink.publish(message, id);
        if (message.qos === 1) source.acknowledge(id);
      },
    });
  assert.match(complaint(hasty), /is lost/);
});

test('relay: a PUBREL to the sink before the source has released is found by this story [BRG-7]', () => {
  const hasty: MakeRelay = (source, sink) =>
    rightRelay(
      {
        ...source,
        receive(id) {
          source.receive(id);
          sink.release(id);
        },
      },
      sink,
    );
  assert.match(complaint(hasty), /came 2 times/);
});

/** What the story says of a planted mistake. */
function complaint(make: MakeRelay): string {
  try {
    story(make);
  } catch (cause) {
    return String((cause as Error).cause);
  }
  return 'nothing';
}
