import assert from 'node:assert/strict';
import { publish, subscribe, unsubscribe } from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';
import { closes, heard } from './conversation.ts';

/** Topics, each below the first level of its case. */
const topics = ['', '/', '/a', '/a/', '/a/b', '/a//b', '/a/b/c', '/A/b', '/ab', '/a b', '/*b'];

/** Which of them a filter sees. */
const table: readonly (readonly [filter: string, sees: readonly string[]])[] = [
  ['/#', topics],
  ['', ['']],
  ['/+', ['/', '/a', '/ab', '/a b', '/*b']],
  ['/a', ['/a']],
  ['/a/#', ['/a', '/a/', '/a/b', '/a//b', '/a/b/c']],
  ['/a/+', ['/a/', '/a/b']],
  ['/a/+/+', ['/a//b', '/a/b/c']],
  ['/+/b', ['/a/b', '/A/b']],
  ['/+/+/#', ['/a/', '/a/b', '/a//b', '/a/b/c', '/A/b']],
  ['/a//b', ['/a//b']],
  ['/+/', ['/a/']],
  ['/*b', ['/*b']],
];

export const filtersCases = cases(4, 'plain', {
  '[MQTT3-3.3.2-3] [MQTT3-4.7.1-2] [MQTT3-4.7.1-3] [MQTT3-4.7.3-4] each filter sees the topics that it matches, spelt as they were':
    async (stage) => {
      const client = await stage.join('c');
      for (const [filter, sees] of table) {
        await client.subscribe(stage.topic + filter, 0);
        for (const topic of topics) await client.publish(stage.topic + topic);
        assert.deepEqual(
          (await heard(client, client)).map(({ topic }) => topic),
          sees.map((topic) => stage.topic + topic),
          filter,
        );
        await client.unsubscribe(stage.topic + filter);
      }
    },

  '[MQTT3-4.7.1-3] + may be the first level, and alone': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(`+/${stage.topic}`, 0);
    await client.subscribe('+', 0);
    await client.settled();
    for (const topic of [`x/${stage.topic}`, `/${stage.topic}`, `x/y/${stage.topic}`, stage.topic]) {
      await client.publish(topic, stage.topic);
    }
    assert.deepEqual(
      (await heard(client, client)).filter(({ payload }) => payload === stage.topic).map(({ topic }) => topic),
      [`x/${stage.topic}`, `/${stage.topic}`, stage.topic],
    );
  },

  '[MQTT3-4.7.1-2] a filter in which # is not alone in the last level ends the connection': (stage) =>
    closes(stage, ...['a#', '#a', 'a/#/b', '#/', 'a/b#', '##'].map((filter) => subscribe([[filter, 0]]))),

  '[MQTT3-4.7.1-3] a filter in which + does not fill its level ends the connection': (stage) =>
    closes(stage, ...['a+', '+a', 'a/+b', 'a/b+/c', '++'].map((filter) => subscribe([[filter, 0]]))),

  '[MQTT3-4.7.2-1] a filter that begins with a wildcard does not see topics that begin with $': async (stage) => {
    const client = await stage.join('c');
    const [hash, plus] = [await stage.join('hash'), await stage.join('plus')];
    await hash.subscribe('#', 0);
    await plus.subscribe('+/probe', 0);
    await client.publish(`$${stage.topic}/probe`, 'hidden');
    await client.publish(`${stage.topic}/probe`, 'open');
    await client.settled();
    for (const watcher of [hash, plus]) {
      const seen = await watcher.settled();
      assert.ok(seen.some(({ payload }) => payload === 'open'));
      assert.deepEqual(
        seen.filter(({ topic }) => topic!.startsWith('$')),
        [],
      );
    }
  },

  '[MQTT3-4.7.3-1] an empty topic ends the connection': (stage) => closes(stage, publish({ topic: '' })),

  '[MQTT3-4.7.3-1] an empty filter ends the connection': (stage) =>
    closes(stage, subscribe([['', 0]]), unsubscribe([''])),

  '[MQTT3-4.7.3-3] topics and filters of 65 535 bytes are taken': async (stage) => {
    const client = await stage.join('c');
    const topic = `${stage.topic}/`.padEnd(65_535, 'x');
    await client.subscribe(topic, 1);
    await client.publish(topic, 'far', { qos: 1 });
    const got = await client.accept();
    assert.equal(got.topic, topic);
    assert.equal(got.payload, 'far');
  },

  '[MQTT3-4.7.3-4] nothing is normalised: letters that look alike, case and spaces differ': async (stage) => {
    const client = await stage.join('c');
    const spellings = ['\u00e9', 'e\u0301', 'E', 'e', ' e', 'e ', '\ufb01', 'fi', 'K', '\u212a'].map(
      (level) => `${stage.topic}/${level}`,
    );
    for (const topic of new Set(spellings)) {
      await client.subscribe(topic, 0);
      for (const other of new Set(spellings)) await client.publish(other);
      assert.deepEqual(
        (await heard(client, client)).map((packet) => packet.topic),
        [topic],
      );
      await client.unsubscribe(topic);
    }
  },
});
