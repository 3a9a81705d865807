import type { DeviceView, QuarantinedView, SeriesPoint, StatisticsWindow, Values } from '../api/views.ts';

/** A metric as a function of time, so that history and present agree without being stored. */
type Wave = (at: number, seed: number) => number;

const wave =
  (middle: number, swing: number, noise: number, digits: number): Wave =>
  (at, seed) => {
    const slow = Math.sin(at / (41_000 + seed * 2_300) + seed);
    const fast = Math.sin(at / (7_900 + seed * 310) + seed * 2);
    const rough = Math.sin(at * 0.013 + seed * 17) * Math.sin(at * 0.0071 + seed);
    return Number((middle + swing * (0.7 * slow + 0.3 * fast) + noise * rough).toFixed(digits));
  };

const kinds = [
  {
    type: 'machine',
    count: 8,
    name: 'Hydraulic press',
    id: 'press',
    metrics: {
      temperature: wave(64, 9, 0.8, 2),
      vibration: wave(2.4, 0.7, 0.3, 3),
      rpm: wave(1_480, 40, 9, 0),
      load: wave(0.62, 0.2, 0.04, 3),
    },
  },
  {
    type: 'junction',
    count: 6,
    name: 'Pipe junction',
    id: 'junction',
    metrics: { pressure: wave(4.2, 0.6, 0.1, 3), flow: wave(118, 22, 3, 1) },
  },
  {
    type: 'field',
    count: 6,
    name: 'Field station',
    id: 'field',
    metrics: { temperature: wave(21, 4, 0.2, 2), humidity: wave(46, 12, 0.6, 1), battery: wave(3.71, 0.05, 0.01, 3) },
  },
] as const;

export interface FakeDevice {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly node: string;
  readonly metrics: Readonly<Record<string, Wave>>;
  readonly seed: number;
}

/** Twenty devices of three kinds, or as many as asked for. */
export function fakeDevices(count = 20): readonly FakeDevice[] {
  const twenty = kinds.flatMap(({ count: each, ...kind }) =>
    Array.from({ length: each }, (_, index) => ({ ...kind, index })),
  );
  return Array.from({ length: count }, (_, seed) => {
    const { id, index, ...kind } = twenty[seed % twenty.length]!;
    const number = index + 1 + Math.floor(seed / twenty.length) * 10;
    const node = kind.type === 'field' ? 'edge-yard' : 'edge-hall';
    return { ...kind, id: `${id}-${String(number).padStart(2, '0')}`, name: `${kind.name} ${number}`, node, seed };
  });
}

export function valuesAt(device: FakeDevice, at: number): Values {
  const values: Record<string, Values[string]> = {};
  for (const [metric, of] of Object.entries(device.metrics)) values[metric] = of(at, device.seed);
  if (device.type === 'junction') values['open'] = Math.sin(at / 50_000 + device.seed) > -0.6;
  if (device.type === 'machine') values['mode'] = 'auto';
  return values;
}

export function deviceView(device: FakeDevice, startedAt: number, at: number, alertsActive: number): DeviceView {
  return {
    id: device.id,
    node: device.node,
    name: device.name,
    type: device.type,
    firstSeen: startedAt - 3 * 86_400_000,
    lastSeen: at,
    online: device.id !== 'field-06',
    readingsTotal: Math.round((at - startedAt) / 1_000) + 259_200,
    alertsActive,
    latest: valuesAt(device, at),
    latestAt: at,
  };
}

/** Equal buckets of what the device measured once a second; nothing before it was first seen, nothing after `now`. */
export function seriesOf(
  device: FakeDevice,
  metric: string,
  range: { from: number; to: number; points: number },
  now: number,
): readonly SeriesPoint[] {
  const bucket = (range.to - range.from) / range.points;
  const samples = Math.max(1, Math.min(6, Math.round(bucket / 1_000)));
  return Array.from({ length: range.points }, (_, index) => range.from + index * bucket)
    .filter((time) => time <= now && time > now - 4 * 86_400_000)
    .map((time) => {
      const values = Array.from({ length: samples }, (_, sample) => {
        const value = valuesAt(device, time + (sample * bucket) / samples)[metric];
        return typeof value === 'boolean' ? Number(value) : Number(value ?? 0);
      });
      const mean = values.reduce((sum, value) => sum + value, 0) / samples;
      return {
        time,
        count: Math.max(1, Math.round(bucket / 1_000)),
        min: Math.min(...values),
        max: Math.max(...values),
        mean,
      };
    });
}

export function statisticsOf(device: FakeDevice, now: number): readonly StatisticsWindow[] {
  const windowTo = Math.floor(now / 60_000) * 60_000;
  const metrics = Object.keys(device.metrics).map((metric) => {
    const points = seriesOf(device, metric, { from: windowTo - 60_000, to: windowTo, points: 60 }, now);
    const mean = points.reduce((sum, point) => sum + point.mean, 0) / points.length;
    const deviation = Math.sqrt(points.reduce((sum, point) => sum + (point.mean - mean) ** 2, 0) / points.length);
    const min = Math.min(...points.map((point) => point.min));
    return { metric, count: 60, mean, min, max: Math.max(...points.map((point) => point.max)), deviation };
  });
  return [{ windowFrom: windowTo - 60_000, windowTo, metrics }];
}

const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64');

export function fakeQuarantine(now: number): readonly QuarantinedView[] {
  const rows = [
    ['press-03', 'payload-not-json', 'at byte 14: expected a value', '{"temperature":,"rpm":1480}'],
    [
      'field-02',
      'time-implausible',
      'the timestamp 1031529600 lies 24 years before the time of arrival',
      '{"timestamp":1031529600,"temperature":21.4}',
    ],
    [
      'junction-04',
      'value-not-finite',
      '"pressure" is 1e999, which no number can hold',
      '{"pressure":1e999,"flow":118}',
    ],
    [
      'gateway-7f',
      'payload-not-text',
      'the payload is not UTF-8 at byte 0',
      Uint8Array.from([0xff, 0xfe, 0x00, 0x81, 0x17, 0x2a, 0x00, 0x9c]),
    ],
  ] as const;
  return rows.map(([source, reason, why, payload], index) => ({
    node: source.startsWith('field') ? 'edge-yard' : 'edge-hall',
    source,
    topic: `sensors/${source}/data`,
    receivedAt: now - 45_000 - index * 1_400_000,
    reason,
    why,
    payload: base64(payload),
    payloadBytes: payload.length,
  }));
}
