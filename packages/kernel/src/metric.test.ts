import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineMetrics } from './metric.ts';

const table = {
  received: { name: 'edge_readings_total', type: 'counter', help: 'Readings accepted.', labels: ['door', 'qos'] },
  pending: { name: 'edge_pending_bytes', type: 'gauge', help: 'Bytes that wait.', labels: [] },
  latency: {
    name: 'edge_latency_seconds',
    type: 'histogram',
    help: 'From append to answer.',
    labels: [],
    buckets: [0.1, 1],
  },
} as const;

test('metric: counters add, gauges are set, each set of labels for itself [KER-15]', () => {
  const metrics = defineMetrics(table);
  metrics.received.add(2, 'mqtt', '1');
  metrics.received.add(3, 'mqtt', '1');
  metrics.received.add(1, 'http', '0');
  metrics.pending.set(9);
  metrics.pending.set(7);
  assert.deepEqual(
    [metrics.received.value('mqtt', '1'), metrics.received.value('http', '0'), metrics.received.value('coap', '0')],
    [5, 1, 0],
  );
  assert.equal(metrics.pending.value(), 7);
});

test('metric: what is exposed is the Prometheus text format, buckets cumulative [KER-16]', () => {
  const metrics = defineMetrics(table);
  metrics.received.add(2, 'mqtt', '1');
  for (const seconds of [0.1, 0.5, 5]) metrics.latency.observe(seconds);
  assert.equal(
    metrics.expose(),
    `# HELP edge_readings_total Readings accepted.
# TYPE edge_readings_total counter
edge_readings_total{door="mqtt",qos="1"} 2
# HELP edge_pending_bytes Bytes that wait.
# TYPE edge_pending_bytes gauge
edge_pending_bytes 0
# HELP edge_latency_seconds From append to answer.
# TYPE edge_latency_seconds histogram
edge_latency_seconds_bucket{le="0.1"} 1
edge_latency_seconds_bucket{le="1"} 2
edge_latency_seconds_bucket{le="+Inf"} 3
edge_latency_seconds_sum 5.6
edge_latency_seconds_count 3
`,
  );
});

test('metric: help and labels with quotes, backslashes and line feeds are escaped as the format says, and nothing else is [KER-16]', () => {
  const metrics = defineMetrics({
    odd: { name: 'odd_total', type: 'counter', help: 'a\\b\n"c"', labels: ['why'] },
  } as const);
  metrics.odd.add(1, 'a"b\\c\nd\té');
  assert.equal(
    metrics.expose(),
    '# HELP odd_total a\\\\b\\n"c"\n# TYPE odd_total counter\nodd_total{why="a\\"b\\\\c\\nd\té"} 1\n',
  );
});

test('metric: label values that together look alike are kept apart [KER-15]', () => {
  const metrics = defineMetrics(table);
  metrics.received.add(1, 'a,', 'b');
  metrics.received.add(1, 'a', ',b');
  assert.deepEqual([metrics.received.value('a,', 'b'), metrics.received.value('a', ',b')], [1, 1]);
});

test('metric: what has no labels is exposed as 0 before its first count [KER-17]', () => {
  const { expose } = defineMetrics({
    lost: { name: 'lost_total', type: 'counter', help: 'Lost.', labels: [] },
  } as const);
  assert.match(expose(), /^lost_total 0$/m);
});

test('metric: a wrong number of label values is a mistake of the caller, told at once [KER-15]', () => {
  const metrics = defineMetrics(table);
  assert.throws(
    () => metrics.received.add(1, 'mqtt'),
    /edge_readings_total has the labels \[door, qos\], given were 1 values/,
  );
});
