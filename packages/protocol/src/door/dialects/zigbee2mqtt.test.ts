import assert from 'node:assert/strict';
import { test } from 'node:test';
import { node } from '../../../test/hear.ts';

const hear = node([{ preset: 'zigbee2mqtt' }]);

test('zigbee2mqtt: a state becomes values, objects inside are flattened, ON and OFF are switches [PRO-75]', () => {
  const sensor =
    '{"battery":97,"humidity":44.72,"last_seen":"2023-11-14T22:13:20+00:00","linkquality":126,"power_outage_count":null,"temperature":27.34,"voltage":2985}';
  assert.deepEqual(hear('zigbee2mqtt/0x00158d0001dc126a', sensor), {
    device: '0x00158d0001dc126a',
    readings: [
      {
        takenAt: 1_700_000_000_000,
        values: { battery: 97, humidity: 44.72, linkquality: 126, temperature: 27.34, voltage: 2985 },
      },
    ],
    reason: undefined,
    why: '',
  });
  const bulb =
    '{"brightness":215,"color":{"hue":37,"saturation":85,"x":0.4581,"y":0.4104},"color_mode":"color_temp","state":"ON","update":{"installed_version":16777241,"latest_version":16777241,"state":"idle"},"update_available":false}';
  assert.deepEqual(hear('zigbee2mqtt/bulb', bulb)?.readings, [
    {
      takenAt: -1,
      values: {
        brightness: 215,
        'color.hue': 37,
        'color.saturation': 85,
        'color.x': 0.4581,
        'color.y': 0.4104,
        color_mode: 'color_temp',
        state: true,
        'update.installed_version': 16_777_241,
        'update.latest_version': 16_777_241,
        'update.state': 'idle',
        update_available: false,
      },
    },
  ]);
});

test('zigbee2mqtt: last_seen is the time taken in each form that can be switched on [PRO-75]', () => {
  for (const lastSeen of ['1700000000000', '"2023-11-14T22:13:20.000Z"', '"2023-11-15T00:13:20+02:00"'])
    assert.equal(hear('zigbee2mqtt/a', `{"t":1,"last_seen":${lastSeen}}`)?.readings[0]?.takenAt, 1_700_000_000_000);
  assert.equal(hear('zigbee2mqtt/a', '{"t":1,"last_seen":null}')?.readings[0]?.takenAt, -1);
  assert.equal(hear('zigbee2mqtt/a', '{"t":1,"last_seen":"yesterday"}')?.reason, 'time-unreadable');
});

test('zigbee2mqtt: a friendly name may have levels and spaces; two names are never one device [PRO-70] [PRO-75]', () => {
  const device = (name: string): string | undefined => hear(`zigbee2mqtt/${name}`, '{"t":1}')?.device;
  assert.equal(device('kitchen/floor_light'), 'kitchen:floor_light');
  assert.equal(device('kitchen:floor_light'), 'kitchen%3Afloor_light');
  assert.equal(device('Living room/Lamp 50%'), 'Living room:Lamp 50%25');
  assert.equal(device('$weird'), '%24weird');
});

test('zigbee2mqtt: availability is the value online, in both its forms [PRO-75]', () => {
  const online = (payload: string) => hear('zigbee2mqtt/kitchen/lamp/availability', payload);
  for (const [payload, value] of [
    ['online', true],
    ['offline', false],
    ['{"state":"online"}', true],
    ['{"state":"offline"}', false],
  ] as const)
    assert.deepEqual(
      [online(payload)?.device, online(payload)?.readings],
      ['kitchen:lamp', [{ takenAt: -1, values: { online: value } }]],
    );
  for (const payload of ['', 'on', 'onlinee', '{"state":"x"}', '{}', '"online"'])
    assert.equal(online(payload)?.reason, 'presence-unreadable', payload);
  assert.equal(online('{"state"')?.reason, 'payload-not-json');
  assert.equal(hear('zigbee2mqtt/availability', '{"t":1}')?.device, 'availability');
});

test('zigbee2mqtt: what the bridge says, and orders, stay plain messages [PRO-71]', () => {
  for (const topic of [
    'bridge/state',
    'bridge/devices',
    'bridge/request/permit_join',
    'lamp/set',
    'kitchen/lamp/set',
    'lamp/get',
    'lamp/set/brightness',
    'lamp/left/set',
  ])
    assert.equal(hear(`zigbee2mqtt/${topic}`, '{}'), undefined, topic);
});

test('zigbee2mqtt: a map of its own gives the device another name, also for one level and its availability [PRO-75]', () => {
  const own = node([
    { filter: 'z2m/+', device: 'zigbee-$1', decoder: 'zigbee2mqtt' },
    { filter: 'z2m/+/availability', device: 'zigbee-$1', decoder: 'zigbee2mqtt' },
    { filter: 'site/+/z2m/#', device: '$1-$2', decoder: 'zigbee2mqtt' },
  ]);
  assert.equal(own('z2m/lamp', '{"state":"OFF"}')?.device, 'zigbee-lamp');
  assert.deepEqual(own('z2m/lamp/availability', 'offline')?.readings[0]?.values, { online: false });
  assert.equal(own('z2m/lamp/availability', 'offline')?.device, 'zigbee-lamp');
  assert.equal(own('site/essen/z2m/hall/lamp', '{"state":"OFF"}')?.device, 'essen-hall:lamp');
});

test('zigbee2mqtt: what is no state is kept with a reason [PRO-78]', () => {
  const reason = (payload: string) => hear('zigbee2mqtt/a', payload)?.reason;
  assert.equal(reason(''), 'payload-not-json');
  assert.equal(reason('"ON"'), 'payload-not-object');
  assert.equal(reason('{"state":null}'), 'no-value');
  assert.equal(reason('{"a":{"b":{"c":{"d":{"e":1}}}}}'), 'too-deep');
});
