import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from './planted.ts';

const packageJson = (name: string): string =>
  JSON.stringify({
    name,
    dependencies: {
      '@selvedge/kernel': '1',
      '@selvedge/protocol': '1',
      '@selvedge/journal': '1',
      '@selvedge/trust': '1',
      ws: '1',
    },
  });

/** What tidy says of one file with these imports, in a house whose manifests allow them. */
function importing(path: string, ...targets: readonly string[]): readonly string[] {
  const text = targets.map((target) => `import { x } from '${target}';\n`).join('');
  const manifests = ['device', 'edge', 'cloud', 'cli', 'packages/journal', 'packages/mqtt', 'packages/stream'].map(
    (dir) => [`${dir}/package.json`, packageJson(`@selvedge/${dir.split('/').at(-1)}`)],
  );
  return told({ ...Object.fromEntries(manifests), [path]: text });
}

const allowed: readonly (readonly [string, readonly string[]])[] = [
  ['edge/src/main.ts', ['./node.ts', './machine.ts', './config.ts', '@selvedge/kernel/system', 'node:process']],
  [
    'edge/src/node.ts',
    ['./engines/rules/judge.ts', './adapters/mqtt/door.ts', './ports.ts', '@selvedge/journal/disk', 'ws', 'node:net'],
  ],
  ['edge/src/config.ts', ['./engines/rules/rule.ts', '@selvedge/protocol']],
  [
    'edge/src/engines/rules/judge.ts',
    ['./rule.ts', '../../ports.ts', '@selvedge/kernel', '@selvedge/journal', 'node:buffer'],
  ],
  [
    'edge/src/adapters/mqtt/door.ts',
    ['./listener.ts', '../../ports.ts', '@selvedge/trust', '@selvedge/journal/disk', 'ws', 'node:net'],
  ],
  [
    'packages/mqtt/src/broker.ts',
    ['./adapters/tcp/listener.ts', './session/session.ts', '@selvedge/journal', '@selvedge/kernel', 'node:buffer'],
  ],
  ['packages/mqtt/src/adapters/tcp/listener.ts', ['../listen.ts', '../../ports.ts', 'node:net', 'ws']],
  ['cli/src/verbs/up.ts', ['@selvedge/kernel/system', 'node:child_process', '../verb.ts']],
  [
    'edge/src/engines/rules/judge.test.ts',
    ['../link/uplink.ts', '@selvedge/testkit', 'node:fs', '../../../../tools/world.ts'],
  ],
  ['scenarios/src/outage.ts', ['@selvedge/edge', '@selvedge/cloud', '@selvedge/kernel/system']],
];

for (const [path, targets] of allowed) {
  test(`tidy: ${path} may import ${targets.join(', ')} [TDY-1]`, () => {
    assert.deepEqual(importing(path, ...targets), []);
  });
}

const refused: readonly (readonly [string, string, string])[] = [
  ['edge/src/main.ts', './adapters/mqtt/door.ts', 'main may not import edge/src/adapters/mqtt/door.ts: it is adapter'],
  ['edge/src/node.ts', './main.ts', 'joinery may not import edge/src/main.ts: it is main'],
  ['edge/src/ports.ts', './engines/rules/rule.ts', 'ports may not import edge/src/engines/rules/rule.ts: it is engine'],
  [
    'edge/src/engines/rules/judge.ts',
    '../link/uplink.ts',
    'engine may not import edge/src/engines/link/uplink.ts: link is another one; they meet in the joinery through ports',
  ],
  [
    'edge/src/engines/rules/judge.ts',
    '../../adapters/mqtt/door.ts',
    'engine may not import edge/src/adapters/mqtt/door.ts: it is adapter',
  ],
  [
    'edge/src/engines/rules/judge.ts',
    'node:fs',
    'engine may not import node:fs: what reaches outside the process belongs into an adapter',
  ],
  ['edge/src/engines/rules/judge.ts', 'ws', 'engine may not import ws: what others wrote belongs into an adapter'],
  [
    'edge/src/engines/rules/judge.ts',
    '@selvedge/trust',
    'engine may not import @selvedge/trust: only these are pure: kernel, protocol, stream, journal',
  ],
  [
    'edge/src/engines/rules/judge.ts',
    '@selvedge/journal/disk',
    'engine may not import @selvedge/journal/disk: only an adapter or the joinery may act',
  ],
  [
    'edge/src/adapters/mqtt/door.ts',
    '../http/status.ts',
    'adapter may not import edge/src/adapters/http/status.ts: http is another one; they meet in the joinery through ports',
  ],
  [
    'edge/src/adapters/mqtt/door.ts',
    '@selvedge/kernel/system',
    'adapter may not import @selvedge/kernel/system: time and chance are lent; take them as parameters',
  ],
  [
    'edge/src/adapters/mqtt/door.ts',
    '../../../../packages/mqtt/src/broker.ts',
    'adapter may not import packages/mqtt/src/broker.ts: it lies outside; import it by its package name',
  ],
  [
    'edge/src/adapters/mqtt/door.ts',
    './door.test.ts',
    'adapter may not import edge/src/adapters/mqtt/door.test.ts: it is a test',
  ],
  [
    'packages/mqtt/src/session/session.ts',
    '../adapters/tcp/listener.ts',
    'package core may not import packages/mqtt/src/adapters/tcp/listener.ts: it is package adapter',
  ],
  [
    'packages/mqtt/src/adapters/tcp/listener.ts',
    '../tls/listener.ts',
    'package adapter may not import packages/mqtt/src/adapters/tls/listener.ts: tls is another one; they meet in the joinery through ports',
  ],
  [
    'packages/journal/src/format/writer.ts',
    'node:fs',
    'package core may not import node:fs: what reaches outside the process belongs into an adapter',
  ],
  [
    'packages/journal/src/format/writer.ts',
    '@selvedge/protocol',
    'package core may not import @selvedge/protocol: journal may build on [kernel]',
  ],
];

for (const [path, target, why] of refused) {
  test(`tidy: ${path} may not import ${target} [TDY-1]`, () => {
    assert.deepEqual(importing(path, target), [`${path}:1: ${why}`]);
  });
}

test('tidy: a tier never imports a tier, and product code never the testkit [TDY-1]', () => {
  assert.match(
    importing('edge/src/node.ts', '@selvedge/cloud').join(),
    /joinery may not import @selvedge\/cloud: tiers meet only in protocol/,
  );
  assert.match(importing('edge/src/node.ts', '@selvedge/testkit').join(), /the testkit is for tests/);
});

test('tidy: a tier has only the rooms of its anatomy [TDY-2]', () => {
  assert.deepEqual(told({ 'edge/src/toolbox.ts': '' }), [
    'edge/src/toolbox.ts: a tier has no such room: move it into engines/<noun>/ or adapters/<technology>/',
  ]);
});

test('tidy: imports over several lines, re-exports and dynamic imports count; comments do not [TDY-1]', () => {
  const text =
    "// import 'node:fs';\n/**\n * import 'node:fs';\n */\nimport {\n  a,\n} from 'node:fs';\nexport * from 'node:net';\nawait import('node:tls');\n";
  assert.deepEqual(
    told({ 'edge/src/engines/rules/judge.ts': text }).map((line) => line.split(':', 2)[1]),
    ['5', '8', '9'],
  );
});

test('tidy: what a workspace imports stands in its package.json [TDY-3]', () => {
  const files = { 'packages/mqtt/package.json': '{ "name": "@selvedge/mqtt", "dependencies": { "ws": "8" } }' };
  assert.deepEqual(
    told({ ...files, 'packages/mqtt/src/adapters/ws/listener.ts': "import { x } from 'ws/lib/y';\nimport 'mqtt';\n" }),
    ['packages/mqtt/src/adapters/ws/listener.ts:2: mqtt is not among the dependencies in packages/mqtt/package.json'],
  );
  assert.deepEqual(told({ ...files, 'packages/mqtt/src/broker.test.ts': "import 'mqtt';\n" }), []);
});
