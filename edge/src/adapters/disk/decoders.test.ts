import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkTopicMaps, decoders, emptyDraft, mapTopic, type TopicMap } from '@selvedge/protocol';
import { loadDecoders } from './decoders.ts';

const mapTo = (decoder: string): TopicMap => ({ filter: `${decoder.replace(/\W/g, '-')}/+`, device: '$1', decoder });

/** Loads from a folder with these files in `decoders/`, which is gone afterwards. */
async function load(files: Readonly<Record<string, string>>, maps: readonly TopicMap[]) {
  const dir = await mkdtemp(join(tmpdir(), 'selvedge-decoders-'));
  try {
    await mkdir(join(dir, 'decoders'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(dir, 'decoders', name), text);
    return await loadDecoders(dir, maps);
  } finally {
    await rm(dir, { recursive: true });
  }
}

test('own decoders: what the topic maps name is loaded and decodes, JavaScript and TypeScript [PRO-86]', async () => {
  const files = {
    'flow.mjs': 'export const decode = (topic, payload) => ({ values: { litres: payload[0] / 10, topic } });',
    'level.ts':
      'export function decode(_: string, payload: Uint8Array): { values: { level: number } } { return { values: { level: payload.length } }; }',
  };
  const maps = ['decoders/flow.mjs', 'decoders/level.ts', 'json'].map(mapTo);
  const loaded = await load(files, maps);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.why);
  const set = decoders(loaded.value);
  const read = (topic: string) => {
    const draft = emptyDraft();
    const mapped = mapTopic(maps, topic, set)!;
    assert.equal(
      mapped.decode(draft, Buffer.from([5, 6]), 0, 2, () => undefined),
      undefined,
    );
    return draft.values.slice(0, draft.count);
  };
  assert.deepEqual(read('decoders-flow-mjs/a'), [0.5, 'decoders-flow-mjs/a']);
  assert.deepEqual(read('decoders-level-ts/a'), [2]);
});

test('own decoders: a file that no map names is not run [PRO-86]', async () => {
  const files = {
    'other.mjs': 'throw new Error("it ran");',
    'flow.mjs': 'export const decode = () => ({ why: "x" });',
  };
  assert.equal((await load(files, [mapTo('decoders/flow.mjs')])).ok, true);
  assert.deepEqual(await load(files, [mapTo('json')]), { ok: true, value: new Map() });
});

test('own decoders: of all that cannot be used it says why [PRO-86]', async () => {
  const files = {
    'broken.mjs': 'export const decode = (',
    'throws.mjs': 'throw new Error("no luck today");',
    'none.mjs': 'export const decode = 5; export default () => 1;',
  };
  const maps = ['decoders/missing.mjs', 'decoders/broken.mjs', 'decoders/throws.mjs', 'decoders/none.mjs'].map(mapTo);
  const loaded = await load(files, maps);
  assert.ok(!loaded.ok);
  for (const why of [
    /missing\.mjs: Cannot find module/,
    /broken\.mjs: /,
    /throws\.mjs: no luck today/,
    /none\.mjs: exports no function decode/,
  ])
    assert.match(loaded.why, why);
});

test('own decoders: the example of the guide runs as it stands, and its topic maps pass the check [PRO-72, PRO-86]', async () => {
  const guide = await readFile(new URL('../../../../docs/guide/topics.md', import.meta.url), 'utf8');
  const [, settings] = /```json\n(\{\n {2}"intake"[\s\S]*?)```/.exec(guide)!;
  const { intake } = JSON.parse(settings!) as { intake: { topicMaps: unknown } };
  const maps = checkTopicMaps(intake.topicMaps);
  assert.ok(maps.ok, maps.ok ? '' : maps.why);
  const [, example] = /```js\n([\s\S]*?)```/.exec(guide)!;
  const loaded = await load({ 'flow.mjs': example! }, maps.value);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.why);
  const draft = emptyDraft();
  const { device, decode } = mapTopic(maps.value, 'meters/7', decoders(loaded.value))!;
  const read = (bytes: readonly number[]) => decode(draft, Buffer.from(bytes), 0, bytes.length, () => undefined);
  assert.equal(read([0x01, 0x0e, 1]), undefined);
  assert.deepEqual(
    [device, draft.names.slice(0, 2), draft.values.slice(0, 2)],
    ['meter-7', ['litres', 'open'], [27, true]],
  );
  assert.equal(read([1])?.reason, 'decoder-refused');
});
