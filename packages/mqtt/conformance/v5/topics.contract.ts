import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { refusedOrClosed } from './refused.ts';

/** Filters below the case's own topic, with names that match and names that do not. */
const matching: readonly (readonly [filter: string, matches: readonly string[], others: readonly string[]])[] = [
  ['/#', ['', '/a', '/a/b', '/', '//'], []],
  ['/a/#', ['/a', '/a/b', '/a/b/c', '/a/'], ['/b', '/ab', '/A']],
  ['/+', ['/a', '/'], ['', '/a/b', '/a/']],
  ['/+/', ['/a/', '//'], ['/a', '/a/b']],
  ['/+/b', ['/a/b', '//b'], ['/b', '/a/c', '/a/b/']],
  ['/a', ['/a'], ['/a/', '//a', '/A', '/a ']],
  ['/\u00e4', ['/\u00e4'], ['/a\u0308', '/a']],
];

export const topicCases = cases(5, 'plain', {
  '[MQTT5-4.7.1-1] [MQTT5-4.7.1-2] [MQTT5-4.7.3-4] filters match the names they should, byte by byte': async (
    stage,
  ) => {
    const other = await stage.join('other');
    for (const [filter, matches, others] of matching) {
      const client = await stage.join('c');
      await client.subscribe(`${stage.topic}${filter}`);
      for (const name of [...others, ...matches]) await other.publish(`${stage.topic}${name}`, '', { qos: 1 });
      const got = (await client.settled()).map(({ topic }) => topic!.slice(stage.topic.length));
      assert.deepEqual([filter, got], [filter, matches]);
    }
  },

  '[MQTT5-4.7.1-1] # is the last character and stands alone in its level': async (stage) => {
    for (const filter of ['a#', '#/a', 'a/#/b', '##', 'a/b#']) {
      const client = await stage.join('c');
      client.send(wire.subscribe([[`${stage.topic}/${filter}`, 0]], { version: 5 }));
      await refusedOrClosed(client);
    }
  },

  '[MQTT5-4.7.1-2] + fills its whole level': async (stage) => {
    for (const filter of ['a+', '+a', '++', 'x/+y/z']) {
      const client = await stage.join('c');
      client.send(wire.subscribe([[`${stage.topic}/${filter}`, 0]], { version: 5 }));
      await refusedOrClosed(client);
    }
  },

  '[MQTT5-4.7.2-1] a filter that begins with a wildcard does not match a name that begins with $': async (stage) => {
    const listener = await stage.join('listener');
    await listener.subscribe('#');
    await listener.subscribe('+/#');
    const publisher = await stage.join('publisher');
    await publisher.publish(`$${stage.topic}`, 'hidden', { qos: 1 });
    await publisher.publish(stage.topic, 'seen', { qos: 1 });
    const got = (await listener.settled()).filter(({ topic }) => topic!.includes(stage.topic));
    assert.deepEqual(new Set(got.map(({ payload }) => payload)), new Set(['seen']));
  },

  '[MQTT5-4.7.2-1] what a broker says about itself is not part of #': async (stage) => {
    const listener = await stage.join('listener');
    await listener.subscribe('#');
    await listener.subscribe('+/+');
    const about = (await listener.settled()).filter(({ topic }) => topic!.startsWith('$'));
    assert.deepEqual(about, []);
  },
});
