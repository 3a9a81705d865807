import assert from 'node:assert/strict';
import { test } from 'node:test';
import { node } from '../../../test/hear.ts';

const hear = node([{ preset: 'shelly' }]);
const values = (topic: string, payload: string) => hear(topic, payload)?.readings[0]?.values;

test('shelly: the first generation says one value a topic [PRO-77]', () => {
  assert.equal(hear('shellies/shellyht-3CBD1F/sensor/temperature', '21.5')?.device, 'shellyht-3CBD1F');
  const cases: [path: string, payload: string, name: string, value: unknown][] = [
    ['sensor/temperature', '21.50', 'sensor.temperature', 21.5],
    ['sensor/battery', '100', 'sensor.battery', 100],
    ['sensor/act_reasons', '"sensor"', 'sensor.act_reasons', 'sensor'],
    ['relay/0', 'on', 'relay.0', true],
    ['relay/0', 'off', 'relay.0', false],
    ['relay/0', 'overpower', 'relay.0', 'overpower'],
    ['relay/0/power', '0.00', 'relay.0.power', 0],
    ['emeter/1/voltage', '230.41', 'emeter.1.voltage', 230.41],
    ['temperature', '31.47', 'temperature', 31.47],
    ['overtemperature', '0', 'overtemperature', 0],
    ['online', 'true', 'online', true],
    ['online', 'false', 'online', false],
  ];
  for (const [path, payload, name, value] of cases)
    assert.deepEqual(values(`shellies/shelly1pm-B1E3F2/${path}`, payload), { [name]: value }, path);
  assert.deepEqual(values('shellies/shellyrgbw2-A1/color/0/status', '{"ison":false,"gain":60,"power":0.0}'), {
    'color.0.status.ison': false,
    'color.0.status.gain': 60,
    'color.0.status.power': 0,
  });
  assert.deepEqual(values('shellies/shellyix3-A1/input_event/0', '{"event":"S","event_cnt":2}'), {
    'input_event.0.event': 'S',
    'input_event.0.event_cnt': 2,
  });
});

test('shelly: later generations say the state of a component [PRO-77]', () => {
  const status =
    '{"id":0,"source":"init","output":false,"apower":0.0,"voltage":229.9,"current":0.000,"aenergy":{"total":11.679,"by_minute":[0.000,0.000,0.000],"minute_ts":1656353999},"temperature":{"tC":45.0,"tF":113.0}}';
  assert.deepEqual(values('shellyplus1pm-441793a5d2fc/status/switch:0', status), {
    'switch:0.id': 0,
    'switch:0.source': 'init',
    'switch:0.output': false,
    'switch:0.apower': 0,
    'switch:0.voltage': 229.9,
    'switch:0.current': 0,
    'switch:0.aenergy.total': 11.679,
    'switch:0.aenergy.by_minute.0': 0,
    'switch:0.aenergy.by_minute.1': 0,
    'switch:0.aenergy.by_minute.2': 0,
    'switch:0.aenergy.minute_ts': 1_656_353_999,
    'switch:0.temperature.tC': 45,
    'switch:0.temperature.tF': 113,
  });
  assert.deepEqual(values('shellyplus1pm-441793a5d2fc/online', 'true'), { online: true });
});

test('shelly: a notification is a reading for each component, by the same names and at its time [PRO-77]', () => {
  const notification =
    '{"src":"shelly1minig3-54320464a1d0","dst":"shelly1minig3-54320464a1d0/events","method":"NotifyStatus","params":{"ts":1736603810.49,"switch:0":{"id":0,"output":false,"source":"HTTP_in"},"ble":{},"cloud":{"connected":true}}}';
  assert.deepEqual(hear('shelly1minig3-54320464a1d0/events/rpc', notification), {
    device: 'shelly1minig3-54320464a1d0',
    readings: [
      {
        takenAt: 1_736_603_810_490,
        values: { 'switch:0.id': 0, 'switch:0.output': false, 'switch:0.source': 'HTTP_in' },
      },
      { takenAt: 1_736_603_810_490, values: { 'cloud.connected': true } },
    ],
    reason: undefined,
    why: '',
  });
  const event =
    '{"src":"shellyplusi4-a8032ab0c018","dst":"shellyplusi4-a8032ab0c018/events","method":"NotifyEvent","params":{"ts":1678882095.02,"events":[{"component":"input:2","id":2,"event":"btn_up","ts":1678882095.03}]}}';
  assert.deepEqual(hear('shellyplusi4-a8032ab0c018/events/rpc', event)?.readings, [
    { takenAt: 1_678_882_095_030, values: { 'input:2.id': 2, 'input:2.event': 'btn_up' } },
  ]);
  const early = '{"method":"NotifyStatus","params":{"ts":null,"input:0":{"state":true}}}';
  assert.equal(hear('shellyplus1-a/events/rpc', early)?.readings[0]?.takenAt, -1);
});

test('shelly: under the broad filters of the preset only names of Shellies are taken [PRO-71]', () => {
  for (const topic of ['pump/status/engine', 'pump/online', 'pump/events/rpc', 'commands/online'])
    assert.equal(hear(topic, 'true'), undefined, topic);
});

test('shelly: a prefix of its own has a map of its own [PRO-77]', () => {
  const own = node([{ filter: 'home/terrace/#', device: 'terrace', decoder: 'shelly' }]);
  assert.deepEqual(own('home/terrace/status/switch:0', '{"output":true}')?.readings[0]?.values, {
    'switch:0.output': true,
  });
  assert.equal(own('home/terrace/online', 'false')?.device, 'terrace');
  assert.equal(own('home/terrace/rpc', '{}'), undefined);
  assert.equal(own('home/terrace', '1'), undefined);
});

test('shelly: orders and what a device says of itself stay plain messages [PRO-71]', () => {
  for (const topic of [
    'announce',
    'command',
    'shelly1-a/command',
    'shelly1-a/relay/0/command',
    'shellyrgbw2-a/color/0/set',
    'shelly1-a/announce',
    'shelly1-a/info',
  ])
    assert.equal(hear(`shellies/${topic}`, '{}'), undefined, topic);
});

test('shelly: what is no value or notification is kept with a reason, whole [PRO-78]', () => {
  const topic = 'shellyplus1-a/events/rpc';
  const cases: [payload: string, reason: string][] = [
    ['{"method":"NotifyStatus","params":{"ts":1,"switch:0":{"output":true},"temperature:0":5}}', 'payload-not-shelly'],
    ['{"method":"NotifyStatus","params":{"ts":"noon","switch:0":{"output":true}}}', 'time-unreadable'],
    ['{"method":"NotifyStatus","params":{"ts":1,"ble":{}}}', 'no-value'],
    ['{"method":"NotifyStatus"}', 'payload-not-shelly'],
    ['{"method":"NotifyEvent","params":{"events":[{"event":"x"}]}}', 'payload-not-shelly'],
    ['{"method":"NotifyEvent","params":{"events":5}}', 'payload-not-shelly'],
    ['{"method":"NotifyEvent","params":{"events":[]}}', 'no-value'],
    ['{"id":1,"result":{}}', 'payload-not-shelly'],
    ['null', 'payload-not-shelly'],
    ['5', 'payload-not-shelly'],
    ['x', 'payload-not-json'],
  ];
  for (const [payload, reason] of cases) assert.equal(hear(topic, payload)?.reason, reason, payload);
  assert.equal(hear('shellies/shellyht-a/sensor/temperature', 'nan')?.reason, 'value-not-finite');
  assert.equal(hear('shellies/shellyht-a/sensor/temperature', '')?.reason, 'no-value');
  assert.equal(hear('shellies/shellyht-a/sensor/temperature', '[1]')?.reason, 'payload-not-value');
  assert.equal(hear('shellyplus1-a/status/switch:0', '{}')?.reason, 'no-value');
});
