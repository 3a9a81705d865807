import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seconds } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { datagramsContract } from '../datagrams.contract.ts';
import { streamsContract } from '../streams.contract.ts';
import { memoryNetwork } from './memory/network.ts';
import { tcpStreams } from './tcp/streams.ts';
import { udpDatagrams } from './udp/datagrams.ts';

/** Waits for real sockets, a turn of the event loop at a time. */
async function arrived(check: () => boolean): Promise<void> {
  const latest = systemClock.ticks() + seconds(5);
  while (!check()) {
    assert.ok(systemClock.ticks() < latest, 'nothing arrived within 5 s');
    await new Promise<void>((resolve) => systemClock.soon(resolve));
  }
}

const host = '127.0.0.1';
const memory = memoryNetwork({ clock: systemClock });

datagramsContract('memory datagrams', (port = 0) => memory.datagrams({ port }), { test, arrived });
datagramsContract('udp datagrams', (port = 0) => udpDatagrams({ host, port }), { test, arrived });
streamsContract('memory streams', (port) => memory.streams(port === undefined ? {} : { listen: { host, port } }), {
  test,
  arrived,
});
streamsContract('tcp streams', (port) => tcpStreams(port === undefined ? {} : { listen: { host, port } }), {
  test,
  arrived,
});

test('udp datagrams: a name is looked up in the family of the socket [COA-98]', async () => {
  const one = udpDatagrams({ host });
  assert.equal(await one.resolve('localhost'), host);
  await assert.rejects(one.resolve('no-such-name.invalid'), { code: 'COAP_NAME_UNKNOWN' });
});

test('udp datagrams: an address of another machine cannot be listened at [COA-98]', async () => {
  await assert.rejects(
    udpDatagrams({ host: '192.0.2.1' }).start(() => undefined),
    { code: 'COAP_LISTEN_FAILED' },
  );
});
