import assert from 'node:assert/strict';
import { test } from 'node:test';
import { auditView, nodeView } from '../../../test/views.ts';
import {
  type Check,
  checkAudit,
  checkBacklog,
  checkCertificates,
  checkClock,
  checkCloud,
  checkDisk,
  checkLink,
  checkNode,
  checkPorts,
  checkVersions,
} from './checks.ts';

const now = 1_764_000_000_000;
const day = 86_400_000;
const disk = { dir: '/data', writable: true, freeBytes: 2 ** 34, totalBytes: 2 ** 36 };
const certificate = (from: number, to: number) => ({
  name: 'edge',
  validFrom: now + from * day,
  validTo: now + to * day,
});
const told = (pending: number, expired: number) => ({
  ...nodeView,
  report: { time: now, journal: { pending, expired } } as NonNullable<typeof nodeView.report>,
});

const cases: readonly (readonly [what: string, check: Check, ok: boolean | null])[] = [
  ['Node 24', checkNode('24.21.0'), true],
  ['Node 22', checkNode('22.1.0'), false],
  ['free ports', checkPorts([{ name: 'MQTT', port: 1883, state: 'free' }]), true],
  ['our ports', checkPorts([{ name: 'MQTT', port: 1883, state: 'ours' }]), true],
  ['a taken port', checkPorts([{ name: 'MQTT', port: 1883, state: 'taken' }]), false],
  ['a roomy disk', checkDisk(disk), true],
  ['a folder that cannot be written', checkDisk({ ...disk, writable: false }), false],
  ['less than 1 GiB', checkDisk({ ...disk, freeBytes: 2 ** 29 }), false],
  ['less than 5 %', checkDisk({ ...disk, totalBytes: 2 ** 40 }), false],
  ['a true clock', checkClock(now, now - day, 300), true],
  ['a clock alone', checkClock(now, now - day, undefined), true],
  ['a clock before this program', checkClock(1_000, now, undefined), false],
  ['a clock 10 s off', checkClock(now, now - day, -10_000), false],
  ['a cloud', checkCloud({ status: 'ok', software: 'x' }, 'http://x', ''), true],
  ['no cloud', checkCloud(undefined, '', 'it does not answer'), false],
  ['the same version', checkVersions('0.1.0', { status: 'ok', software: 'selvedge-cloud 0.1.0' }), true],
  ['another version', checkVersions('0.1.0', { status: 'ok', software: '0.2.0' }), false],
  ['an unknown version', checkVersions('0.1.0', undefined), null],
  ['a good certificate', checkCertificates([certificate(-1, 300)], now), true],
  ['a certificate that ends soon', checkCertificates([certificate(-300, 10)], now), false],
  ['a certificate of tomorrow', checkCertificates([certificate(1, 300)], now), false],
  ['no certificate', checkCertificates([], now), null],
  ['a connected node', checkLink([nodeView]), true],
  ['a node that is away', checkLink([nodeView, { ...nodeView, id: 'edge-2', online: false }]), false],
  ['no node', checkLink([]), false],
  ['no word of nodes', checkLink(undefined), null],
  ['a small backlog', checkBacklog([told(12, 0)], now), true],
  ['a large backlog', checkBacklog([told(200_000, 0)], now), false],
  ['expired readings', checkBacklog([told(0, 3)], now), false],
  ['a silent node', checkBacklog([nodeView], now), null],
  ['a balanced audit', checkAudit(auditView), true],
  ['an audit with a loss', checkAudit({ ...auditView, balanced: false, lost: 1 }), false],
  ['no audit', checkAudit(undefined), null],
];

for (const [what, check, ok] of cases) {
  const verdict = ok === null ? 'unknown' : ok ? 'good' : 'bad, with advice';
  test(`doctor: ${what} is ${verdict} [CLI-10]`, () => {
    assert.equal(check.ok, ok);
    assert.notEqual(check.found, '');
    assert.equal(check.advice !== '', ok === false);
  });
}

test('doctor: a taken port is named with the way to see who holds it [CLI-10]', () => {
  const check = checkPorts([{ name: 'MQTT', port: 1883, state: 'taken' }]);
  assert.match(check.found, /1883 \(MQTT\)/);
  assert.match(check.advice, /ss -ltnp 'sport = :1883'/);
});
