import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkTopicMaps } from './check-topic-maps.ts';
import { payloadDecoders } from './payload.ts';
import { presets } from './presets.ts';
import { defaultTopicMaps, mapTopic } from './topic-map.ts';

const why = (raw: unknown): string => {
  const result = checkTopicMaps(raw);
  return result.ok ? '' : result.why;
};

test('topic map: foreign topics become devices by the levels that wildcards stand for [PRO-30]', () => {
  const maps = [
    ...defaultTopicMaps,
    { filter: 'factory/+/line/+', device: '$1-line-$2', decoder: 'json' },
    { filter: 'zigbee2mqtt/#', device: '$1', decoder: 'senml' },
    { filter: 'hall/door', device: 'hall-door', decoder: 'json' },
  ];
  const device = (topic: string): string | undefined => mapTopic(maps, topic)?.device;
  assert.equal(device('sensors/pump-7/data'), 'pump-7');
  assert.equal(device('factory/essen/line/3'), 'essen-line-3');
  assert.equal(device('zigbee2mqtt/lamp'), 'lamp');
  assert.equal(device('hall/door'), 'hall-door');
  assert.equal(mapTopic(maps, 'sensors/pump-7/senml')?.decode, payloadDecoders['senml']);
  assert.equal(mapTopic(maps, 'sensors/pump-7/data')?.decode, payloadDecoders['json']);
});

test('topic map: the first map that fits decides [PRO-30]', () => {
  const maps = [
    { filter: 'a/b', device: 'first', decoder: 'json' },
    { filter: 'a/+', device: 'second', decoder: 'json' },
  ];
  assert.equal(mapTopic(maps, 'a/b')?.device, 'first');
  assert.equal(mapTopic(maps, 'a/c')?.device, 'second');
});

test('topic map: a topic that no map covers, or that names no device, has none [PRO-30]', () => {
  for (const topic of [
    '',
    'sensors',
    'sensors/x',
    'sensors/x/other',
    'sensors//data',
    'sensors/$x/data',
    '$SYS/broker/uptime',
  ])
    assert.equal(mapTopic(defaultTopicMaps, topic), undefined, topic);
  const rest = [{ filter: 'z/#', device: '$1', decoder: 'json' }];
  for (const topic of ['z', 'z/', 'z/a/b']) assert.equal(mapTopic(rest, topic), undefined, topic);
  assert.equal(mapTopic(defaultTopicMaps, `sensors/${'x'.repeat(129)}/data`), undefined);
});

test('topic map: a level that looks like a placeholder is only text [PRO-30]', () => {
  const maps = [{ filter: '+/+', device: 'd-$1-$2', decoder: 'json' }];
  assert.equal(mapTopic(maps, 'a$2/b')?.device, 'd-a$2-b');
  assert.equal(mapTopic(maps, 'a&b/c')?.device, 'd-a&b-c');
});

test('topic map: the defaults and good maps pass the check [PRO-31]', () => {
  assert.deepEqual(checkTopicMaps(defaultTopicMaps), { ok: true, value: defaultTopicMaps });
  assert.equal(why([]), '');
  assert.equal(why([{ filter: 'a/+/#', device: '$2-$1', decoder: 'json' }]), '');
});

test('topic map: the check names the first bad map and what is wrong with it [PRO-31]', () => {
  const good = { filter: 'a/+', device: '$1', decoder: 'json' };
  assert.match(why(good), /are a list/);
  for (const bad of [null, 5, 'a/+', {}, { ...good, device: 7 }])
    assert.match(why([good, bad]), /^map 2: .* must be given/);
  assert.match(why([{ ...good, qos: 1 }]), /no such settings: qos/);
  assert.match(why([{ ...good, decoder: 'xml' }]), /no decoder "xml"; there are json, senml/);
  for (const decoder of ['constructor', '__proto__', 'toString'])
    assert.match(why([{ ...good, decoder }]), /no decoder/);
  for (const filter of ['', 'a/+b', 'a/#/b', 'a#']) assert.match(why([{ ...good, filter, device: 'd' }]), /filter/);
  for (const device of ['$2', '$0']) assert.match(why([{ ...good, device }]), /has no wildcard/);
  for (const device of ['', 'a/$1', '$x', 'a+']) assert.match(why([{ ...good, device }]), /cannot become a device id/);
});

test('topic map: a decoder that only objects have by birth decodes nothing [PRO-30]', () => {
  assert.equal(mapTopic([{ filter: '+', device: '$1', decoder: 'constructor' }], 'a'), undefined);
});

test('topic map: a preset stands for its maps, in its place [PRO-72]', () => {
  const own = { filter: 'a/+', device: '$1', decoder: 'json' };
  const checked = checkTopicMaps([{ preset: 'selvedge' }, own, { preset: 'tasmota', zone: '+01:00' }]);
  const tasmota = { filter: 'tele/#', device: '$1', decoder: 'tasmota', zone: '+01:00' };
  assert.deepEqual(checked, { ok: true, value: [...defaultTopicMaps, own, tasmota] });
  for (const preset of presets.keys()) {
    const all = checkTopicMaps([{ preset }]);
    assert.ok(all.ok && why(all.value) === '', preset);
  }
  assert.match(why([{ preset: 'xml' }]), /^map 1: no preset "xml"; there are selvedge, zigbee2mqtt/);
  assert.match(why([{ preset: 5 }]), /no preset 5/);
  assert.match(why([{ preset: 'tasmota', device: 'x' }]), /no such settings beside a preset: device/);
  assert.match(why([{ preset: 'shelly', zone: 'Z' }]), /zone is only for the decoder tasmota/);
});

test('topic map: metric and zone are checked, and belong to their decoders [PRO-72]', () => {
  const value = { filter: 'a/+/+', device: '$1', decoder: 'value', metric: '$2' };
  assert.equal(why([value]), '');
  assert.match(why([{ ...value, metric: undefined }]), /needs a metric/);
  assert.match(why([{ ...value, metric: '$3' }]), /\$3 has no wildcard/);
  assert.match(why([{ ...value, metric: '' }]), /cannot become the name of a value/);
  assert.match(why([{ ...value, decoder: 'json' }]), /only for the decoder value/);
  const tasmota = { filter: 'tele/#', device: '$1', decoder: 'tasmota' };
  for (const zone of ['Z', '+00:00', '-03:30', '+14:00']) assert.equal(why([{ ...tasmota, zone }]), '', zone);
  for (const zone of ['', 'CET', '+1', '+15:00', '+01:60', 1]) assert.match(why([{ ...tasmota, zone }]), /not a zone/);
});

test('topic map: a decoder of its own is named by its file, which is no path to elsewhere [PRO-72]', () => {
  const map = (decoder: string) => [{ filter: 'a/+', device: '$1', decoder }];
  for (const good of ['decoders/flow.mjs', 'decoders/flow-2.js', 'decoders/f.ts'])
    assert.equal(why(map(good)), '', good);
  for (const bad of [
    'decoders/../x.mjs',
    'decoders/a/b.mjs',
    'decoders/.mjs',
    'decoders/a.cjs',
    'decoders/A.mjs',
    '/decoders/a.mjs',
    'flow.mjs',
  ])
    assert.match(why(map(bad)), /no decoder/, bad);
  assert.equal(mapTopic(map('decoders/flow.mjs'), 'a/b'), undefined);
});

test('topic map: a map whose decoder finds no values in a topic leaves it to the next [PRO-71]', () => {
  const maps = [
    { filter: 'tele/#', device: '$1', decoder: 'tasmota' },
    { filter: 'tele/+/INFO', device: 'info-$1', decoder: 'json' },
  ];
  assert.equal(mapTopic(maps, 'tele/a/SENSOR')?.device, 'a');
  assert.equal(mapTopic(maps, 'tele/a/INFO')?.device, 'info-a');
  assert.equal(mapTopic(maps, 'tele/a/RESULT'), undefined);
});
