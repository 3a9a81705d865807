import assert from 'node:assert/strict';
import type { test as nodeTest } from 'node:test';
import type { Address, Datagrams } from './ports.ts';

/** What every adapter of `Datagrams` keeps. `open` makes a socket at a port of its own, or at the one given. */
export function datagramsContract(
  name: string,
  open: (port?: number) => Datagrams,
  { test, arrived }: { readonly test: typeof nodeTest; readonly arrived: (check: () => boolean) => Promise<void> },
): void {
  test(`${name}: a datagram arrives whole, with the address that an answer reaches [COA-98]`, async () => {
    const heard: { readonly bytes: Buffer; readonly from: Address }[] = [];
    const [one, other] = [open(), open()];
    const at = await one.start((bytes, from) => heard.push({ bytes, from }));
    const answered: Buffer[] = [];
    const from = await other.start((bytes) => answered.push(bytes));
    assert.notEqual(at.port, 0);
    const bytes = Buffer.alloc(1_200, 7);
    other.send(bytes, at);
    await arrived(() => heard.length === 1);
    assert.deepEqual(heard[0]!.bytes, Buffer.alloc(1_200, 7));
    assert.equal(heard[0]!.from.port, from.port);
    one.send(Buffer.of(1), heard[0]!.from);
    await arrived(() => answered.length === 1);
    assert.deepEqual(answered, [Buffer.of(1)]);
    await Promise.all([one.stop(), other.stop()]);
  });

  test(`${name}: a port that is taken is a fault, and free again after the stop [COA-98]`, async () => {
    const one = open();
    const { port } = await one.start(() => undefined);
    await assert.rejects(
      open(port).start(() => undefined),
      { code: 'COAP_PORT_TAKEN' },
    );
    await one.stop();
    const again = open(port);
    assert.equal((await again.start(() => undefined)).port, port);
    await again.stop();
    await again.stop();
  });

  test(`${name}: sending to nobody, before the start or after the stop does no harm [COA-98]`, async () => {
    const one = open();
    const nobody = { host: '127.0.0.1', port: 9 };
    one.send(Buffer.of(1), nobody);
    await one.start(() => undefined);
    one.send(Buffer.of(1), nobody);
    one.send(Buffer.of(1), { ...nobody, port: 0 });
    await one.stop();
    one.send(Buffer.of(1), nobody);
  });

  test(`${name}: an address is its own name [COA-98]`, async () => {
    const one = open();
    await one.start(() => undefined);
    assert.equal(await one.resolve('127.0.0.1'), '127.0.0.1');
    await one.stop();
  });
}
