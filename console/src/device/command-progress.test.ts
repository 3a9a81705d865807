import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommandView } from '../api/views.ts';
import { commandAdvice, commandSteps, readArguments, resultText, suggestedCommands } from './command-progress.ts';

const queued: CommandView = {
  id: 'c-1',
  device: 'pump-7',
  node: 'edge-1',
  name: 'throttle',
  arguments: {},
  issuedAt: 1_000,
  expiresAt: 61_000,
  origin: 'operator',
  reason: '',
  state: 'queued',
  sentAt: null,
  deliveredAt: null,
  endedAt: null,
  result: null,
};
const sent: CommandView = { ...queued, state: 'sent', sentAt: 2_000 };
const delivered: CommandView = { ...sent, state: 'delivered', deliveredAt: 3_000 };
const done: CommandView = { ...delivered, state: 'done', endedAt: 4_000, result: { speed: 0.5 } };

const looks = (command: CommandView): string =>
  commandSteps(command)
    .map(({ name, look }) => `${name}:${look}`)
    .join(' ');

test('console: a command is seen moving from queued to sent to delivered to done [CON-5]', () => {
  assert.equal(looks(queued), 'queued:current sent:ahead delivered:ahead done:ahead');
  assert.equal(looks(sent), 'queued:done sent:current delivered:ahead done:ahead');
  assert.equal(looks(delivered), 'queued:done sent:done delivered:current done:ahead');
  assert.equal(looks(done), 'queued:done sent:done delivered:done done:done');
  assert.deepEqual(
    commandSteps(done).map(({ at }) => at),
    [1_000, 2_000, 3_000, 4_000],
  );
});

test('console: a failed or expired command shows where it ended [CON-5]', () => {
  assert.equal(
    looks({ ...delivered, state: 'failed', endedAt: 4_000 }),
    'queued:done sent:done delivered:done failed:failed',
  );
  assert.equal(looks({ ...queued, state: 'expired' }), 'queued:done expired:failed delivered:ahead done:ahead');
  assert.equal(looks({ ...sent, state: 'expired' }), 'queued:done sent:done expired:failed done:ahead');
  assert.equal(looks({ ...delivered, state: 'expired' }), 'queued:done sent:done delivered:done expired:failed');
});

test('console: what did not go well says what to do [CON-5]', () => {
  assert.equal(commandAdvice(done, true, 5_000), '');
  assert.match(commandAdvice({ ...sent, state: 'expired' }, true, 99_000), /send it again/);
  assert.match(commandAdvice({ ...delivered, state: 'expired' }, true, 99_000), /before you send it again/);
  assert.match(commandAdvice({ ...delivered, state: 'failed' }, true, 5_000), /its answer says why/);
  assert.match(commandAdvice(queued, false, 1_000), /edge-1 is offline.*within 1 min/);
});

test('console: the result of a device is shown as it gave it [CON-5]', () => {
  assert.equal(resultText(null), undefined);
  assert.equal(resultText('stopped'), 'stopped');
  assert.equal(resultText(7), '7');
  assert.equal(resultText({ fault: 'COMMAND_FAILED', message: 'no such valve' }), 'no such valve (COMMAND_FAILED)');
  assert.equal(resultText({ speed: 0.5, mode: 'eco' }), '{ "speed": 0.5, "mode": "eco" }');
});

test('console: arguments are an object of plain values or are refused with an example [CON-5]', () => {
  assert.deepEqual(readArguments('  '), { ok: true, value: undefined });
  assert.deepEqual(readArguments('{"speed":0.5,"on":true}'), { ok: true, value: { speed: 0.5, on: true } });
  for (const text of ['{', '7', '[1]', 'null', '{"a":{}}', '{"a":null}'])
    assert.equal(readArguments(text).ok, false, text);
});

test('console: the commands that a device had come first among those offered [CON-5]', () => {
  const history = ['purge', 'throttle', 'purge'].map((name, index) => ({ ...done, id: `c-${index}`, name }));
  assert.deepEqual(suggestedCommands(history), ['purge', 'throttle', 'restart', 'shutdown']);
});
