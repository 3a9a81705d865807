import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logTo, type Service, seconds, service } from '@selvedge/kernel';
import { type ConfiguredFrame, configurationName, type JsonRecord } from '@selvedge/protocol';
import { simulatedClock, timeline } from '@selvedge/testkit';
import type { ConfigurationLine } from '../../ports.ts';
import { configuredNode } from './configured-node.ts';

const limits = { healthFor: seconds(15), trialMax: seconds(60), startsMax: 3 };
const good = { version: 1, settings: { period: 30 } };
const bad = { version: 1, settings: { fails: true } };

/** A program whose node does nothing but be configured, and a disk that can be told to refuse. */
function setUp() {
  const line = timeline();
  const clock = simulatedClock(line);
  const said: ConfiguredFrame[] = [];
  const records: JsonRecord[] = [];
  const lives: string[] = [];
  const state: { refuses: boolean; journals: boolean; isLinked: boolean; bytes: Uint8Array | undefined } = {
    ...{ refuses: false, journals: true, isLinked: true, bytes: undefined },
  };
  let configuration: ConfigurationLine | undefined;
  const start = () => {
    const one = configuredNode<object, Service>(limits, {
      clock,
      log: logTo(() => undefined, 'error'),
      store: {
        read: async () => state.bytes,
        async write(bytes) {
          if (state.refuses) throw new Error('no space left on device');
          state.bytes = bytes;
        },
      },
      read: (settings) => ({ config: settings, mistakes: 'wrong' in settings ? ['wrong: no such setting'] : [] }),
      open: async (config, given) =>
        service({
          start() {
            if ('fails' in config) throw new Error('port 1883 is taken');
            lives.push(JSON.stringify(config));
            configuration = given;
            given.attach({
              write(record, durable) {
                records.push(record);
                if (state.journals) clock.soon(durable);
                return true;
              },
              send: (frame) => said.push(frame) > 0,
              get isLinked() {
                return state.isLinked;
              },
            });
          },
          stop: () => void lives.push('stopped'),
        }),
    });
    void one.start(new AbortController().signal);
    return one;
  };
  return {
    ...{ said, records, lives, state, start, clock },
    run: (lasts: number) => line.run(line.now + lasts * 1_000),
    hear: (body: unknown) => configuration!.hear(body),
    offer: (document: object) => configuration!.hear({ kind: 'prepare', ...document }),
    order: (document: typeof good) => configuration!.hear({ kind: 'apply', ...configurationName(document) }),
    metrics: () => configuration!.metrics(),
    phases: () => records.map(({ body }) => (body as { phase?: string }).phase),
  };
}

test('configuration: it is tried in the running process, confirmed, and each change is journaled once [CFG-5] [CFG-8] [CFG-13]', async () => {
  const { run, start, offer, order, lives, phases, said, metrics, state } = setUp();
  const one = start();
  await run(1);
  offer(good);
  await run(1);
  order(good);
  await run(14);
  assert.deepEqual(lives, ['{}', 'stopped', '{"period":30}']);
  assert.match(metrics(), /edge_configuration_on_trial 1/);
  await run(5);
  assert.deepEqual(phases(), ['prepared', 'applied', 'confirmed']);
  assert.deepEqual(said.at(-1), { good: configurationName(good) });
  await one.stop();
  const again = start();
  await run(1);
  assert.equal(lives.at(-1), '{"period":30}');
  await again.stop();
  assert.equal(phases().length, 3, 'what was told is not told again');
  assert.ok(state.bytes);
});

test('configuration: one with which the node does not start, journal or reach its cloud is returned [CFG-9]', async () => {
  const failing = [
    { what: bad, change: {} },
    { what: good, change: { isLinked: false } },
    { what: good, change: { journals: false } },
  ];
  for (const { what, change } of failing) {
    const { run, start, offer, order, lives, said, state } = setUp();
    const one = start();
    await run(1);
    offer(what);
    await run(1);
    Object.assign(state, change);
    order(what as typeof good);
    await run(70);
    assert.equal(lives.at(-1), '{}', JSON.stringify(change));
    assert.equal(said.at(-1)?.ended?.phase ?? 'returned', 'returned');
    assert.match(Buffer.from(state.bytes!).toString(), /"ended":\{"version":1,.*"phase":"returned"/);
    await one.stop();
  }
});

test('configuration: a disk that refuses holds back what leads onward, never what leads back [CFG-12]', async () => {
  const { run, start, offer, order, lives, state, said, metrics } = setUp();
  const one = start();
  await run(1);
  state.refuses = true;
  offer(good);
  await run(1);
  assert.equal(said.length, 0, 'not prepared');
  state.refuses = false;
  offer(good);
  await run(1);
  state.refuses = true;
  order(good);
  await run(1);
  assert.deepEqual(lives, ['{}'], 'not applied');
  assert.match(metrics(), /edge_configuration_unkept_total 2/);
  state.refuses = false;
  order(good);
  await run(1);
  Object.assign(state, { refuses: true, isLinked: false });
  await run(70);
  assert.equal(lives.at(-1), '{}');
  await one.stop();
  // The disk still says that it is on trial: a program that cannot count its starts does not try it.
  const again = start();
  await run(1);
  assert.equal(lives.at(-1), '{}');
  await again.stop();
});

test('configuration: what cannot be read is passed over, on the link and on the disk [CFG-18]', async () => {
  const { run, start, hear, said, lives, state } = setUp();
  state.bytes = Buffer.from('{"good":');
  const one = start();
  await run(1);
  for (const body of [
    null,
    {},
    { kind: 'prepare', version: -1, settings: {} },
    { kind: 'apply', version: 1, digest: 5 },
  ])
    hear(body);
  await run(1);
  assert.deepEqual([lives, said], [['{}'], []]);
  await one.stop();
});

test('configuration: a secret in the settings is refused here too [CFG-1]', async () => {
  const { run, start, offer, said } = setUp();
  const one = start();
  await run(1);
  offer({ version: 1, settings: { link: { token: 'x' }, wrong: true } });
  await run(1);
  assert.match(said.at(-1)?.ended?.why ?? '', /^link\.token: .*\nwrong: no such setting$/);
  await one.stop();
});
