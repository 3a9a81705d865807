import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeviceId } from '@selvedge/protocol';
import fc from 'fast-check';
import { contains, levelsOf } from './containment.ts';
import { devicePermits, roles } from './roles.ts';

const seed = 20_261_103;

/** Section 4.7 of MQTT 5, word for word and level for level; written apart from the product. */
function matches(filter: readonly string[], topic: readonly string[]): boolean {
  if (topic[0]!.startsWith('$') && (filter[0] === '#' || filter[0] === '+')) return false;
  for (let at = 0; ; at++) {
    if (filter[at] === '#') return true;
    if (at === filter.length || at === topic.length) return at === filter.length && at === topic.length;
    if (filter[at] !== '+' && filter[at] !== topic[at]) return false;
    if (at === topic.length - 1 && filter[at + 1] === '#') return true;
  }
}

// `z` and `$z` occur in no filter: they stand for all the names that there are besides.
const words = ['a', 'b', '', '$s'] as const;
const names = [...words, 'z', '$z'];
const topics: string[][] = names.map((name) => [name]);
// Up to four levels. A topic that is one empty level counts too, though it is none: so `/#` is more than `/+/#`.
for (const topic of topics) if (topic.length < 4) for (const name of names) topics.push([...topic, name]);

const filter = fc
  .tuple(fc.array(fc.constantFrom(...words, '+'), { minLength: 0, maxLength: 3 }), fc.boolean())
  .map(([levels, deep]) => [...levels, ...(deep ? ['#'] : [])].join('/'))
  .filter((text) => text !== '');

test(`access: a filter is within another exactly when every topic it matches is, by brute force [ACC-1] seed ${seed}`, () => {
  fc.assert(
    fc.property(filter, filter, (outer, inner) => {
      const truth = topics.every((topic) => !matches(inner.split('/'), topic) || matches(outer.split('/'), topic));
      assert.equal(contains(levelsOf(outer)!, levelsOf(inner)!), truth, `${inner} within ${outer}`);
    }),
    { seed, numRuns: 3_000 },
  );
});

const may = roles({ devices: devicePermits, applications: [] });
const nasty = fc.string({
  unit: fc.constantFrom('a', 'b', '+', '#', '/', '$', '\u0000', '{device}', 'é'),
  maxLength: 8,
});

test(`access: whatever a device calls itself and asks for, it speaks for itself and hears itself alone [ACC-2] seed ${seed}`, () => {
  const asked = fc.oneof(
    nasty,
    fc
      .tuple(fc.constantFrom('sensors', 'devices', 'commands', 'alerts', '+', '#', '$share/g/commands'), nasty, nasty)
      .map((parts) => parts.join('/')),
  );
  fc.assert(
    fc.property(nasty, fc.constantFrom('publish' as const, 'subscribe' as const), asked, (name, action, text) => {
      const who = { kind: 'device', name, credential: undefined, issuedAt: undefined } as const;
      if (!may(who, action, text)) return;
      assert.ok(isDeviceId(name), `${JSON.stringify(name)} is no device`);
      const [root, device] = text.split('/');
      const roots = action === 'publish' ? ['sensors', 'devices', 'commands'] : ['commands', 'alerts'];
      assert.ok(
        roots.includes(root!) && device === name,
        `${JSON.stringify(name)} may ${action} ${JSON.stringify(text)}`,
      );
    }),
    { seed, numRuns: 20_000 },
  );
});
