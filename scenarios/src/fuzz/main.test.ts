import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type FuzzLine, main } from './main.ts';

/** Runs the command with findings in a folder of its own. */
function folderOf(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'selvedge-fuzz-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const say = async (...argv: readonly string[]): Promise<{ code: number; out: string; err: string }> => {
    const said = { out: '', err: '' };
    const print = {
      out: (text: string) => void (said.out += text),
      err: (text: string) => void (said.err += text),
      isWatched: false,
    };
    return { code: await main(argv, print, folder), ...said };
  };
  return { folder, say };
}

test('fuzz: one seed draws the same inputs, and gives one line of figures [TST-40] [TST-44]', async (t) => {
  const { say, folder } = folderOf(t);
  const lineOf = async (seed: string): Promise<FuzzLine> => {
    const { code, out } = await say('mqtt', '--inputs', '300', '--seed', seed, '--json');
    assert.equal(code, 0, out);
    return JSON.parse(out) as FuzzLine;
  };
  const [one, again, other] = [await lineOf('7'), await lineOf('7'), await lineOf('8')];
  assert.deepEqual(one.outcomes, again.outcomes);
  assert.notDeepEqual(one.outcomes, other.outcomes);
  assert.deepEqual([one.fuzz, one.seed, one.inputs, one.accepted + one.refused], ['mqtt', 7, 300, 300]);
  assert.deepEqual([one.crashes, one.hangs, one.growths, one.broken_promises, one.found], [0, 0, 0, 0, []]);
  assert.deepEqual(readdirSync(folder), []);
});

test('fuzz: what is found ends with 1, its bytes and a file that shows it again [TST-44]', async (t) => {
  const { say, folder } = folderOf(t);
  const { code, out } = await say('mqtt', '--inputs', '40', '--plant', 'throws');
  assert.equal(code, 1, out);
  assert.match(
    out,
    /crash, seed \d+, input \d+: planted: a decoder throws .*\nsmallest input:\n {2}612f62\nagain: npm run fuzz -- --replay /,
  );
  const [file = ''] = readdirSync(folder);
  const again = await say('--replay', join(folder, file));
  assert.deepEqual([again.code, again.out.split(':')[0]], [1, 'Again']);
  const mended = readFileSync(join(folder, file), 'utf8').replace('"plant": "throws"', '"plant": "none"');
  writeFileSync(join(folder, file), mended);
  assert.deepEqual(await say('--replay', join(folder, file)), { code: 0, out: 'All held\n', err: '' });
});

test('fuzz: what is found is found again by its seed and its input, which is shown [TST-40] [TST-44]', async (t) => {
  const { say } = folderOf(t);
  const throwing = ['coap', '--plant', 'throws', '--json'];
  const lineOf = ({ out }: { readonly out: string }): FuzzLine => JSON.parse(out) as FuzzLine;
  const [found] = lineOf(await say(...throwing, '--inputs', '20')).found;
  const [seed, input] = [String(found!.seed), String(found!.input)];
  const again = lineOf(await say(...throwing, '--seed', seed, '--input', input));
  assert.deepEqual([again.found[0]?.why, again.found[0]?.input], [found!.why, found!.input]);
  const held = await say('coap', '--seed', seed, '--input', input, '--json');
  const { shown } = lineOf(held);
  assert.deepEqual([held.code, shown?.input], [0, found!.input]);
  assert.ok(Buffer.from(shown!.hex.join(''), 'hex').includes('sensors'));
});

test('fuzz: --help names what is fuzzed and every planted bug [TST-44]', async (t) => {
  const { code, out } = await folderOf(t).say('--help');
  assert.equal(code, 0);
  for (const name of ['mqtt|coap|http', '--seconds', '--input', '--replay', 'hangs'])
    assert.ok(out.includes(name), name);
});

test('fuzz: what is misused ends with 2 and two lines [TST-44]', async (t) => {
  const { say } = folderOf(t);
  const wrong = [
    [],
    ['tcp'],
    ['mqtt', 'coap'],
    ['mqtt', '--inputs', '0'],
    ['mqtt', '--input', '50001'],
    ['mqtt', '--seconds', 'x'],
    ['mqtt', '--plant', 'b'],
    ['--loud'],
    ['--replay', 'nowhere.json'],
  ];
  for (const argv of wrong) {
    const { code, err } = await say(...argv);
    assert.equal(code, 2, argv.join(' '));
    assert.match(err, /^Error: .+\nTry: .+\n$/);
  }
});
