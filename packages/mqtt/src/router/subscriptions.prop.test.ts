import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { StoredSubscription } from '../ports.ts';
import { parseFilter } from './filter.ts';
import { type Subscriber, Subscriptions } from './subscriptions.ts';

const seed = 20_262;
const level = fc.constantFrom('a', 'b', 'c', '', '$sys');
const topic = fc
  .array(level, { minLength: 1, maxLength: 4 })
  .map((levels) => levels.join('/'))
  .filter((text) => text !== '');
const filter = fc
  .tuple(fc.array(fc.oneof(level, fc.constant('+')), { maxLength: 4 }), fc.boolean())
  .map(([levels, rest]) => [...levels, ...(rest ? ['#'] : [])].join('/'))
  .filter((text) => text !== '');

/** Section 4.7 read literally, without a trie. */
function matches(filterText: string, topicText: string): boolean {
  if (topicText.startsWith('$') && /^[+#]/.test(filterText)) return false;
  const [wanted, given] = [filterText.split('/'), topicText.split('/')];
  for (const [index, one] of wanted.entries()) {
    if (one === '#') return given.length >= index;
    if (index >= given.length || (one !== '+' && one !== given[index])) return false;
  }
  return wanted.length === given.length;
}

const terms = (text: string): StoredSubscription => ({
  filter: text,
  qos: 0,
  noLocal: false,
  retainAsPublished: false,
  id: 0,
});

test(`subscriptions: a topic finds exactly the filters that match it, whatever came and went before (seed ${seed}) [MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.2-1] [MQTT-4.7.3-4]`, () => {
  const steps = fc.array(fc.tuple(filter, fc.integer({ min: 0, max: 3 }), fc.boolean()), { maxLength: 30 });
  fc.assert(
    fc.property(steps, fc.array(topic, { minLength: 1, maxLength: 6 }), (changes, topics) => {
      const trie = new Subscriptions();
      const held = new Set<string>();
      const clients = [0, 1, 2, 3].map((n): Subscriber => ({ clientId: `${n}`, readiness: 2, offer: () => true }));
      for (const [text, client, add] of changes) {
        const parsed = parseFilter(text, 64);
        assert.ok(parsed.ok);
        if (add) trie.add(parsed.value, clients[client]!, terms(text));
        else trie.remove(parsed.value, clients[client]!);
        held[add ? 'add' : 'delete'](`${client} ${text}`);
      }
      for (const one of topics) {
        const expected = new Set([...held].filter((key) => matches(key.slice(2), one)).map((key) => key[0]));
        const found = trie.match(one).recipients.map(({ subscriber }) => subscriber.clientId);
        assert.deepEqual(new Set(found), expected);
        assert.equal(found.length, expected.size);
      }
    }),
    { seed, numRuns: 500 },
  );
});
