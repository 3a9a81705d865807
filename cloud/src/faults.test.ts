import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineFaults } from '@selvedge/kernel';
import { cloudFaults, listenFault, problemOf } from './faults.ts';

test('problem: a fault tells what happened and what to do, by its code [API-2]', () => {
  assert.deepEqual(problemOf(cloudFaults('DEVICE_UNKNOWN', 'there is no device x', { device: 'x' })), {
    type: 'urn:selvedge:fault:DEVICE_UNKNOWN',
    title: 'Unknown device',
    status: 404,
    detail: 'there is no device x',
    code: 'DEVICE_UNKNOWN',
    hint: cloudFaults.table.DEVICE_UNKNOWN.hint,
  });
  const { mistakes } = problemOf(cloudFaults('API_INVALID', 'two mistakes', { mistakes: ['a', 'b'] }));
  assert.deepEqual(mistakes, ['a', 'b']);
});

test('problem: of what nobody foresaw the client learns nothing but that it happened [API-2]', () => {
  for (const cause of [new TypeError('secret 42'), 'secret 42', undefined]) {
    const problem = problemOf(cause);
    assert.equal(problem.status, 500);
    assert.equal(problem.code, 'API_BROKEN');
    assert.ok(!JSON.stringify(problem).includes('secret'));
  }
});

test('problem: a fault of another part is "not now" when trying later can help, and our failure when not [API-2]', () => {
  const faults = defineFaults({ DISK_FULL: { retry: 'later', hint: 'h' }, DISK_GONE: { retry: 'never', hint: 'h' } });
  assert.equal(problemOf(faults('DISK_FULL', 'm')).status, 503);
  assert.equal(problemOf(faults('DISK_GONE', 'm')).status, 500);
});

test('faults: a taken port names the port, its option, its variable and how to see who holds it [LNK-30] [API-24]', () => {
  const cause = Object.assign(new Error('listen'), { code: 'EADDRINUSE' });
  const fault = listenFault(cause, { host: '127.0.0.1', port: 8_000, setting: 'api' });
  assert.equal(fault.code, 'PORT_TAKEN');
  for (const part of ['8000', '--api.port', 'SELVEDGE_CLOUD_API_PORT', "ss -ltnp 'sport = :8000'"])
    assert.ok(fault.message.includes(part), part);
  const denied = listenFault(Object.assign(new Error('denied'), { code: 'EACCES' }), {
    host: '::1',
    port: 80,
    setting: 'link',
  });
  assert.equal(denied.code, 'PORT_REFUSED');
  assert.ok(denied.message.includes('SELVEDGE_CLOUD_LINK_PORT'));
});
