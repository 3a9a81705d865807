import assert from 'node:assert/strict';
import { test } from 'node:test';
import { published, workspaces } from './pack/stage.ts';

test('pack: a published manifest leads to what was built, and keeps what only the house needs to itself [PCK-1]', () => {
  const manifest = {
    name: '@selvedge/journal',
    version: '0.1.0',
    private: true,
    scripts: { build: 'x' },
    devDependencies: { y: '1' },
    dependencies: { '@selvedge/kernel': '0.1.0' },
    exports: { '.': './src/index.ts', './disk': './src/adapters/disk/index.ts' },
  };
  assert.deepEqual(published(manifest), {
    name: '@selvedge/journal',
    version: '0.1.0',
    dependencies: { '@selvedge/kernel': '0.1.0' },
    files: ['dist', 'bin'],
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './disk': { types: './dist/adapters/disk/index.d.ts', default: './dist/adapters/disk/index.js' },
    },
  });
});

test('pack: every package, every tier and both faces are published [PCK-2]', () => {
  const published = workspaces();
  for (const name of 'kernel protocol journal mqtt stream trust device edge cloud cli console'.split(' ')) {
    assert.ok(published.includes(name), name);
  }
});
