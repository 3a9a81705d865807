import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minutes, seconds } from '../duration.ts';
import { Fault } from '../fault.ts';
import { explainConfig, shownConfig } from './explain-config.ts';
import { bytes, choice, duration, number, secret, text } from './fields.ts';
import { type ConfigSources, envName, readConfig } from './read-config.ts';

const schema = {
  journal: {
    dir: text({ doc: 'Folder of the journal.', default: '/var/lib/edge' }),
    sizeMax: bytes({ doc: 'Disk it may use.', default: 256 * 2 ** 20 }),
    whenFull: choice(['refuse', 'drop-oldest'], { doc: 'What gives way.', default: 'refuse' }),
  },
  link: {
    token: secret({ doc: 'One-time token.' }),
    retryMax: duration({ doc: 'Longest wait.', default: minutes(5) }),
    window: { frames: number({ doc: 'Frames under way.', min: 1, max: 10, default: 4 }) },
  },
};

const read = (sources: Partial<ConfigSources>) => readConfig(schema, { prefix: 'EDGE', env: {}, ...sources });

/** The mistakes of a configuration that must not be taken. */
function mistakes(sources: Partial<ConfigSources>): readonly string[] {
  try {
    read(sources);
  } catch (cause) {
    assert.ok(cause instanceof Fault);
    assert.equal(cause.code, 'CONFIG_INVALID');
    const told = cause.facts['mistakes'] as readonly string[];
    for (const mistake of told) assert.ok(cause.message.includes(mistake), cause.message);
    return told;
  }
  return assert.fail('it was taken');
}

test('config: a flag wins over the environment, that over the file, that over the default [KER-24]', () => {
  const file = { journal: { dir: '/file', sizeMax: '1KiB', whenFull: 'drop-oldest' }, link: { token: 'a' } };
  const env = { EDGE_JOURNAL_DIR: '/env', EDGE_JOURNAL_SIZE_MAX: '2KiB' };
  const flags = { 'journal.dir': '/flag' };
  assert.deepEqual(read({ file, env, flags }), {
    journal: { dir: '/flag', sizeMax: 2_048, whenFull: 'drop-oldest' },
    link: { token: 'a', retryMax: minutes(5), window: { frames: 4 } },
  });
});

test('config: every setting has its name in the environment [KER-25]', () => {
  assert.equal(envName('SELVEDGE_EDGE', ['journal', 'sizeMax']), 'SELVEDGE_EDGE_JOURNAL_SIZE_MAX');
  const env = { EDGE_LINK_TOKEN: 'a', EDGE_LINK_RETRY_MAX: '30s', EDGE_LINK_WINDOW_FRAMES: '9', PATH: '/bin' };
  assert.deepEqual(read({ env }).link, { token: 'a', retryMax: seconds(30), window: { frames: 9 } });
});

test('config: all mistakes are told at once, each with its setting and its name in the environment [KER-26]', () => {
  assert.deepEqual(
    mistakes({ file: { journal: { sizeMax: 5, whenFull: 'explode' } }, env: { EDGE_LINK_WINDOW_FRAMES: '11' } }),
    [
      'journal.sizeMax (EDGE_JOURNAL_SIZE_MAX): 5 is not a size such as 512KiB, 256MiB or 4GiB',
      'journal.whenFull (EDGE_JOURNAL_WHEN_FULL): "explode" is none of refuse, drop-oldest',
      'link.token (EDGE_LINK_TOKEN): must be given. One-time token.',
      'link.window.frames (EDGE_LINK_WINDOW_FRAMES): 11 is not within 1 and 10',
    ],
  );
});

test('config: a name that the schema does not know is a mistake, wherever it stands [KER-27]', () => {
  const told = mistakes({
    file: { journal: { dirr: 'x' }, extra: {}, link: { token: 'a', window: { frames: 4, constructor: 1 } } },
    env: { EDGE_JOURNAL_DIRR: 'x', EDGES: 'x' },
    flags: { 'journal.dirr': 'x', toString: 'x' },
  });
  assert.deepEqual(
    new Set(told),
    new Set([
      'extra: no such setting',
      'journal.dirr: no such setting',
      'link.window.constructor: no such setting',
      'toString: no such setting',
      'EDGE_JOURNAL_DIRR: no such setting',
    ]),
  );
});

test('config: what stands in the place of a group is a mistake, told once and without its value [KER-23]', () => {
  for (const link of ['hunter2', 5, ['hunter2'], null]) {
    assert.deepEqual(mistakes({ file: { link }, flags: { 'link.token': 'a' } }), ['link: must be a group of settings']);
  }
  assert.deepEqual(mistakes({ file: 'hunter2', env: { EDGE_LINK_TOKEN: 'a' } }), [
    'the file: must be a group of settings',
  ]);
});

test('config: the value of a secret is in no message and in no list [KER-23]', () => {
  const file = { link: { token: ['hunter2'] } };
  assert.deepEqual(mistakes({ file }), ['link.token (EDGE_LINK_TOKEN): not a valid secret']);
  const config = read({ env: { EDGE_LINK_TOKEN: 'hunter2' } });
  assert.doesNotMatch(JSON.stringify(shownConfig(schema, config)) + explainConfig(schema, 'EDGE'), /hunter2/);
});

test('config: the settings in force are shown as they are written [KER-28]', () => {
  assert.deepEqual(shownConfig(schema, read({ env: { EDGE_LINK_TOKEN: 'a' } })), {
    'journal.dir': '/var/lib/edge',
    'journal.sizeMax': '256MiB',
    'journal.whenFull': 'refuse',
    'link.token': '…',
    'link.retryMax': '5m',
    'link.window.frames': '4',
  });
});

test('config: the manual page comes from the schema: name, purpose, kind, default, environment [KER-28]', () => {
  const page = explainConfig(schema, 'EDGE');
  assert.match(page, /^journal\.sizeMax\n {4}Disk it may use\.\n {4}size; default 256MiB; EDGE_JOURNAL_SIZE_MAX$/m);
  assert.match(page, /^link\.token\n {4}One-time token\.\n {4}secret; default none, must be given; EDGE_LINK_TOKEN$/m);
});

test('config: the kinds of the values are known to the compiler [KER-24]', () => {
  const config = read({ env: { EDGE_LINK_TOKEN: 'a' } });
  const whenFull: 'refuse' | 'drop-oldest' = config.journal.whenFull;
  const frames: number = config.link.window.frames;
  assert.deepEqual([whenFull, frames], ['refuse', 4]);
});
