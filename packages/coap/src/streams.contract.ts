import assert from 'node:assert/strict';
import type { test as nodeTest } from 'node:test';
import type { Address, Connected, Streams } from './ports.ts';

/** What every adapter of `Streams` keeps. `open` makes one that listens at the port, or one that only connects. */
export function streamsContract(
  name: string,
  open: (port?: number) => Streams,
  { test, arrived }: { readonly test: typeof nodeTest; readonly arrived: (check: () => boolean) => Promise<void> },
): void {
  const never = new AbortController().signal;
  const listening = async (accept: (connected: Connected) => void): Promise<[Streams, Address]> => {
    const one = open(0);
    const at = await one.start(accept);
    assert.ok(at && at.port !== 0);
    return [one, at];
  };

  test(`${name}: bytes go both ways in order, and each side hears the other's end [COA-98]`, async () => {
    const taken: Connected[] = [];
    const [server, at] = await listening((connected) => taken.push(connected));
    const client = open();
    assert.equal(await client.start(() => undefined), undefined);
    const { stream } = await client.connect(at, never);
    await arrived(() => taken.length === 1);
    assert.equal(typeof taken[0]!.about.host, 'string');
    assert.ok(taken[0]!.about.port > 0);
    const heard: Buffer[] = [];
    let ended = false;
    taken[0]!.stream.on('data', (bytes: Buffer) => heard.push(bytes)).on('end', () => (ended = true));
    for (let part = 0; part < 10; part++) stream.write(Buffer.alloc(10_000, part));
    await arrived(() => Buffer.concat(heard).length === 100_000);
    assert.deepEqual(
      Buffer.concat(heard),
      Buffer.concat(Array.from({ length: 10 }, (_, part) => Buffer.alloc(10_000, part))),
    );
    const back: Buffer[] = [];
    stream.on('data', (bytes: Buffer) => back.push(bytes));
    taken[0]!.stream.write('back');
    await arrived(() => back.length > 0);
    assert.equal(Buffer.concat(back).toString(), 'back');
    stream.end();
    await arrived(() => ended);
    taken[0]!.stream.destroy();
    stream.destroy();
    await Promise.all([server.stop(), client.stop()]);
  });

  test(`${name}: where nobody listens COAP_UNREACHABLE, and a signal ends the attempt [COA-98]`, async () => {
    const [server, at] = await listening(() => undefined);
    await server.stop();
    const client = open();
    await client.start(() => undefined);
    await assert.rejects(client.connect(at, never), { code: 'COAP_UNREACHABLE' });
    await assert.rejects(client.connect(at, AbortSignal.abort(new Error('enough'))), /enough/);
  });

  test(`${name}: a port that is taken is a fault [COA-98]`, async () => {
    const [server, at] = await listening(() => undefined);
    await assert.rejects(
      open(at.port).start(() => undefined),
      { code: 'COAP_PORT_TAKEN' },
    );
    await server.stop();
  });
}
