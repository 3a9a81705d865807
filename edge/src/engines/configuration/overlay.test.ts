import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfigSchema, isField } from '@selvedge/kernel';
import { readSettings, reservedSettings } from '@selvedge/protocol';
import { edgeConfig } from '../../config.ts';
import { readOverlay } from './overlay.ts';

const sources = {
  prefix: 'SELVEDGE_EDGE',
  env: { SELVEDGE_EDGE_WINDOW_PERIOD: '20s', SELVEDGE_EDGE_LINK_TOKEN: 'hunter2' },
  file: { link: { window: '1MiB', name: 'lte' } },
  flags: { 'node.id': 'edge-7', 'link.retryMax': '9s' },
};

test('configuration: settings of the cloud win, what they do not name stays [CFG-6]', () => {
  const settings = { window: { period: '30s' }, link: { retryMax: '5s', window: '4MiB' } };
  const { config } = readOverlay(edgeConfig, sources, settings);
  assert.deepEqual(
    [config?.window.period, config?.link.retryMax, config?.link.window, config?.link.name, config?.node.id],
    [30_000, 5_000, 4 * 2 ** 20, 'lte', 'edge-7'],
  );
  assert.equal(config?.link.token, 'hunter2');
  assert.equal(readOverlay(edgeConfig, sources, {}).config?.window.period, 20_000);
});

test('configuration: all mistakes are told at once [CFG-4]', () => {
  const { config, mistakes } = readOverlay(edgeConfig, sources, { window: { period: 'often' }, rules: 5, nonsense: 1 });
  assert.equal(config, undefined);
  assert.deepEqual(mistakes.map((one) => one.split(/[ :]/)[0]).sort(), ['nonsense', 'rules', 'window.period']);
});

test('configuration: every secret is the machine’s alone, and so are its name and its data [CFG-1]', () => {
  const secretsIn = (schema: ConfigSchema, path: readonly string[] = []): readonly string[] =>
    Object.entries(schema).flatMap(([name, node]) => {
      const here = [...path, name];
      if (!isField(node)) return secretsIn(node, here);
      return node.secret ? [here.join('.')] : [];
    });
  for (const name of secretsIn(edgeConfig)) assert.ok(reservedSettings.includes(name), name);
  const { mistakes } = readSettings({ data: '/', node: { id: 'x', devicesMax: 5 }, link: { token: 'x' }, rules: [] });
  assert.deepEqual(
    mistakes.map((one) => one.split(':')[0]),
    ['data', 'node.id', 'link.token'],
  );
  assert.equal(readSettings({ rules: 'x'.repeat(50_000) }).mistakes.length, 1);
  assert.equal(readSettings([]).mistakes.length, 1);
});
