import assert from 'node:assert/strict';
import { test } from 'node:test';
import { node } from '../../../test/hear.ts';

const hear = node([{ preset: 'tasmota' }]);

test('tasmota: sensors become values behind their names [PRO-76]', () => {
  const energy =
    '{"Time":"2020-02-10T21:29:35","ENERGY":{"TotalStartTime":"2020-02-10T21:00:25","Total":1.310,"Yesterday":0.000,"Today":0.000,"Period":0,"Power":[12,0],"Factor":0.00,"Voltage":231,"Current":0.052}}';
  assert.deepEqual(hear('tele/plug-1/SENSOR', energy), {
    device: 'plug-1',
    readings: [
      {
        takenAt: -1,
        values: {
          'ENERGY.TotalStartTime': '2020-02-10T21:00:25',
          'ENERGY.Total': 1.31,
          'ENERGY.Yesterday': 0,
          'ENERGY.Today': 0,
          'ENERGY.Period': 0,
          'ENERGY.Power.0': 12,
          'ENERGY.Power.1': 0,
          'ENERGY.Factor': 0,
          'ENERGY.Voltage': 231,
          'ENERGY.Current': 0.052,
        },
      },
    ],
    reason: undefined,
    why: '',
  });
  const climate = '{"Time":"2019-01-05T22:45:12","AM2301":{"Temperature":4.7,"Humidity":93.7},"TempUnit":"C"}';
  assert.deepEqual(hear('tele/hall/SENSOR', climate)?.readings[0]?.values, {
    'AM2301.Temperature': 4.7,
    'AM2301.Humidity': 93.7,
    TempUnit: 'C',
  });
});

test('tasmota: STATE gives switches and the radio; LWT is the value online [PRO-76]', () => {
  const state =
    '{"Time":"2023-08-21T15:05:31","Uptime":"9T04:03:29","UptimeSec":792209,"Heap":25,"SleepMode":"Dynamic","POWER":"OFF","POWER2":"ON","Wifi":{"AP":2,"SSId":"jolt","Channel":1,"Mode":"11n","RSSI":100,"Signal":-39}}';
  const values = hear('tele/S31B/STATE', state)?.readings[0]?.values;
  assert.equal(values?.['POWER'], false);
  assert.equal(values?.['POWER2'], true);
  assert.equal(values?.['Wifi.Signal'], -39);
  assert.equal(values?.['Uptime'], '9T04:03:29');
  assert.deepEqual(hear('tele/S31B/LWT', 'Online')?.readings, [{ takenAt: -1, values: { online: true } }]);
  assert.deepEqual(hear('tele/S31B/LWT', 'Offline')?.readings, [{ takenAt: -1, values: { online: false } }]);
  assert.equal(hear('tele/S31B/LWT', 'online')?.reason, 'presence-unreadable');
});

test('tasmota: a time without a zone is none, unless the map gives the zone [PRO-76]', () => {
  const takenAt = (maps: unknown, time: string) => {
    const heard = node(maps)('tele/a/SENSOR', `{"Time":${time},"S":{"t":1}}`);
    return heard?.readings[0]?.takenAt ?? heard?.reason;
  };
  const local = '"2023-11-14T22:13:20"';
  assert.equal(takenAt([{ preset: 'tasmota' }], local), -1);
  assert.equal(takenAt([{ preset: 'tasmota', zone: 'Z' }], local), 1_700_000_000_000);
  assert.equal(takenAt([{ preset: 'tasmota', zone: '+01:00' }], local), 1_699_996_400_000);
  // By SetOption52 the device says its zone itself, by `Time 3` seconds, by `Time 4` milliseconds.
  assert.equal(takenAt([{ preset: 'tasmota', zone: '+05:00' }], '"2023-11-14T23:13:20+01:00"'), 1_700_000_000_000);
  assert.equal(takenAt([{ preset: 'tasmota' }], '1700000000'), 1_700_000_000_000);
  assert.equal(takenAt([{ preset: 'tasmota', zone: 'Z' }], '"2023-11-14T22:13:20.018"'), 1_700_000_000_018);
  assert.equal(takenAt([{ preset: 'tasmota', zone: 'Z' }], '"2023-02-30T22:13:20"'), 'time-unreadable');
  assert.equal(takenAt([{ preset: 'tasmota' }], '"noon"'), 'time-unreadable');
  assert.equal(takenAt([{ preset: 'tasmota' }], `${local},"Epoch":1700000000`), 1_700_000_000_000);
});

test('tasmota: a topic may have levels, and the prefix may stand behind it [PRO-70] [PRO-76]', () => {
  const payload = '{"Time":"2020-01-01T00:00:00","S":{"t":1}}';
  assert.equal(hear('tele/house/kitchen/plug/SENSOR', payload)?.device, 'house:kitchen:plug');
  const own = node([
    { filter: 'tasmota/+/tele/+', device: 't-$1', decoder: 'tasmota' },
    { filter: 'tele/+/SENSOR', device: '$1', decoder: 'tasmota' },
  ]);
  assert.equal(own('tasmota/plug/tele/SENSOR', payload)?.device, 't-plug');
  assert.equal(own('tele/plug/SENSOR', payload)?.device, 'plug');
  assert.equal(own('tele/plug/STATE', payload), undefined);
});

test('tasmota: other telemetry, orders and answers stay plain messages [PRO-71]', () => {
  for (const topic of [
    'tele/a/INFO1',
    'tele/a/UPTIME',
    'tele/a/RESULT',
    'cmnd/a/POWER',
    'stat/a/RESULT',
    'tele/SENSOR',
  ])
    assert.equal(hear(topic, '{}'), undefined, topic);
});

test('tasmota: what is no telemetry is kept with a reason [PRO-78]', () => {
  const reason = (payload: string) => hear('tele/a/SENSOR', payload)?.reason;
  assert.equal(reason('{"Time":"2020-01-01T00:00:00"}'), 'no-value');
  assert.equal(reason('nan'), 'payload-not-json');
  assert.equal(reason('null'), 'payload-not-object');
  assert.equal(reason('{"Time":"2020-01-01T00:00:00","S":{"t":nan}}'), 'payload-not-json');
});
