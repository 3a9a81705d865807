import assert from 'node:assert/strict';
import { test } from 'node:test';
import { main } from './main.ts';

interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function say(...argv: readonly string[]): Promise<Said> {
  const said = { out: '', err: '' };
  const code = await main(argv, {
    out: (text) => void (said.out += text),
    err: (text) => void (said.err += text),
    isWatched: true,
  });
  return { code, ...said };
}

test('scenarios: --json gives one line a story, with figures and what broke [TST-37]', async () => {
  const { code, out, err } = await say('--seeds', '2', '--only', 'disk-full', '--jobs', '1', '--json');
  assert.equal(code, 0, out);
  assert.equal(err, '', 'no progress among lines for programs');
  const line = JSON.parse(out) as Record<string, unknown>;
  assert.deepEqual([line['scenario'], line['seeds'], line['held'], line['broke']], ['disk-full', 2, true, []]);
});

test('scenarios: a failure ends with 1 and says how to see it again [TST-37]', async () => {
  const planted = ['--defect', 'drops-when-full'];
  const { code, out } = await say('--seeds', '1', '--from', '3', '--only', 'disk-full', '--jobs', '1', ...planted);
  assert.equal(code, 1, out);
  assert.match(out, /disk-full, seed 3:\n\d+ lost: /);
  assert.match(out, /again: npm run scenarios -- --only disk-full --from 3 --seeds 1/);
});

test('scenarios: --help names every story and every planted bug [TST-37]', async () => {
  const { code, out } = await say('--help');
  assert.equal(code, 0);
  for (const name of ['outage', 'power-cut', 'reconnect-storm', 'never-syncs'])
    assert.match(out, new RegExp(`  ${name} `));
});

test('scenarios: what is misused ends with 2 and two lines [TST-37]', async () => {
  const wrong = [['--seeds', '0'], ['--from', '-1'], ['--only', 'flood'], ['--defect', 'none'], ['--loud'], ['outage']];
  for (const argv of wrong) {
    const { code, err } = await say(...argv);
    assert.equal(code, 2, argv.join(' '));
    assert.match(err, /^Error: .+\nTry: .+\n$/);
  }
});

test('scenarios: in two processes it says the same as in one [TST-37]', async () => {
  const wanted = ['--seeds', '3', '--only', 'disk-full', '--json'];
  const [one, two] = [await say(...wanted, '--jobs', '1'), await say(...wanted, '--jobs', '2')];
  assert.equal(two.code, 0, two.out);
  assert.deepEqual(JSON.parse(two.out), JSON.parse(one.out));
});
