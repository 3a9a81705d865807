import assert from 'node:assert/strict';
import type { Duplex } from 'node:stream';
import type { Duration } from '@selvedge/kernel';
import { systemClock } from '@selvedge/kernel/system';
import { type Packet, parse } from '../../test/support/parse.ts';
import * as wire from '../../test/support/wire.ts';

/** What came is no packet of MQTT. */
export class UnreadableError extends Error {}

/** A client that says exactly what a case gives it, and reads strictly. Nothing is acknowledged unless a method says so. */
export class Client {
  readonly #version: wire.Version | 'unread';
  readonly stream: Duplex;
  /** The answer to its CONNECT, once `Stage.join` has taken it. */
  connack: Packet = { kind: 'none' };
  /** Size in bytes of the largest packet that has come. */
  largest = 0;
  readonly #patience: Duration;
  #unread: Buffer = Buffer.alloc(0);
  #packets: Packet[] = [];
  #over = false;
  #wrong: unknown;
  #wake: () => void = () => undefined;
  #ids = 0;

  constructor(stream: Duplex, version: wire.Version | 'unread', patience: Duration) {
    this.stream = stream;
    this.#version = version;
    this.#patience = patience;
    stream.on('data', (chunk: Buffer) => this.#read(chunk));
    for (const event of ['end', 'close', 'error']) {
      stream.on(event, () => {
        this.#over = true;
        this.#wake();
      });
    }
  }

  send(...bytes: readonly Uint8Array[]): void {
    this.stream.write(Buffer.concat(bytes));
  }

  /** The next packet. Fails if it is of another kind, the connection ends, or nothing comes. */
  async next(kind: string): Promise<Packet> {
    await this.#until(() => this.#packets.length > 0, `a ${kind}`);
    const packet = this.#packets.shift()!;
    assert.equal(packet.kind, kind, `a ${kind} was expected, not ${JSON.stringify(packet)}`);
    return packet;
  }

  /** The first packet of its kind; the others stay where they are. */
  async find(kind: string): Promise<Packet> {
    const at = (): number => this.#packets.findIndex((packet) => packet.kind === kind);
    await this.#until(() => at() >= 0, `a ${kind}`);
    return this.#packets.splice(at(), 1)[0]!;
  }

  /** Nothing has come and nothing is under way. */
  async silent(): Promise<void> {
    assert.deepEqual(await this.settled(), []);
  }

  /** All that has come until two PINGREQ, one after the other, are answered: what the broker had to say is said. */
  async settled(): Promise<Packet[]> {
    // A broker may answer the first before it has routed what came along with it.
    const first = await this.#ping();
    return [...first, ...(await this.#ping())];
  }

  /** Waits for the broker to close the connection, and gives what it said before. */
  async ended(): Promise<Packet[]> {
    await this.#until(() => this.#over, 'the end of the connection');
    return this.#packets.splice(0);
  }

  /** Waits for the broker to close the connection, and gives the bytes it said before, whatever they mean. */
  async endedUnread(): Promise<Buffer> {
    await this.ended();
    return this.#unread;
  }

  /** The broker closes. If it says why, it is with one of these reason codes. Gives what it said before. */
  async closes(...codes: readonly number[]): Promise<Packet[]> {
    const packets = await this.ended();
    const last = packets.at(-1);
    if (last?.kind !== 'disconnect') return packets;
    assert.ok(codes.includes(last.code!), `DISCONNECT says ${last.code}, not one of ${codes}`);
    return packets.slice(0, -1);
  }

  /** The version it speaks; packets of one that reads nothing are of version 5. */
  get version(): wire.Version {
    return this.#version === 'unread' ? 5 : this.#version;
  }

  /** Publishes, and sees the handshake of its QoS through. The last acknowledgement; for QoS 0 the answer to a PINGREQ. */
  async publish(topic: string, payload = '', fields: wire.PublishFields = {}): Promise<Packet> {
    const id = fields.id ?? this.#nextId();
    this.send(wire.publish({ version: this.version, topic, payload, id, ...fields }));
    if (fields.qos === 1) return this.#answer('puback', id);
    if (fields.qos !== 2) {
      this.send(wire.pingreq);
      return this.find('pingresp');
    }
    const received = await this.#answer('pubrec', id);
    if (received.code! >= 0x80) return received;
    this.send(wire.pubrel(id));
    return this.#answer('pubcomp', id);
  }

  /** Subscribes with the options byte, of which the lowest two bits are the QoS. Its SUBACK, which grants all. */
  async subscribe(filter: string, options = 0, properties: readonly Uint8Array[] = []): Promise<Packet> {
    const id = this.#nextId();
    this.send(wire.subscribe([[filter, options]], { version: this.version, id, properties }));
    const suback = await this.#answer('suback', id);
    assert.ok(suback.codes!.every((code) => code < 0x80) && suback.codes!.length === 1, JSON.stringify(suback));
    return suback;
  }

  async unsubscribe(filter: string): Promise<Packet> {
    const id = this.#nextId();
    this.send(wire.unsubscribe([filter], this.version, id));
    return this.#answer('unsuback', id);
  }

  /** The next packet, which is a PUBLISH, its handshake seen through. */
  async accept(): Promise<Packet> {
    const packet = await this.next('publish');
    if (packet.qos === 1) this.send(wire.puback(packet.id!));
    if (packet.qos === 2) {
      this.send(wire.pubrec(packet.id!));
      const released = await this.find('pubrel');
      assert.equal(released.id, packet.id);
      this.send(wire.pubcomp(packet.id!));
    }
    return packet;
  }

  /** Says goodbye, and waits for the broker to close. */
  async leave(code?: number, properties?: readonly Uint8Array[]): Promise<void> {
    this.send(wire.disconnect(code, properties));
    await this.ended();
  }

  /** Ends the connection without a word. */
  cut(): void {
    this.stream.destroy();
  }

  async #ping(): Promise<Packet[]> {
    this.send(wire.pingreq);
    const at = (): number => this.#packets.findIndex(({ kind }) => kind === 'pingresp');
    await this.#until(() => at() >= 0, 'a pingresp');
    return this.#packets.splice(0, at() + 1).slice(0, -1);
  }

  async #answer(kind: string, id: number): Promise<Packet> {
    const packet = await this.find(kind);
    assert.equal(packet.id, id, `${kind} has the packet identifier of what it answers`);
    return packet;
  }

  #nextId(): number {
    // Far from the small identifiers that cases choose themselves.
    return 1_000 + (this.#ids += 1);
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    if (this.#version === 'unread') return;
    try {
      const { packets, used, largest } = parse(this.#unread, this.#version);
      this.#packets.push(...packets);
      this.largest = Math.max(this.largest, largest);
      this.#unread = this.#unread.subarray(used);
    } catch (cause) {
      this.#wrong = cause;
    }
    this.#wake();
  }

  async #until(done: () => boolean, what: string): Promise<void> {
    const patience = new AbortController();
    let late = false;
    const timer = systemClock.sleep(this.#patience, patience.signal).then(
      () => {
        late = true;
        this.#wake();
      },
      () => undefined,
    );
    while (!done() && !this.#over && !late && !this.#wrong) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    patience.abort();
    await timer;
    if (this.#wrong) throw new UnreadableError('the broker sent bytes that are no packet', { cause: this.#wrong });
    if (!done()) {
      const seen = JSON.stringify(this.#packets);
      assert.fail(`${what} was expected; ${late ? 'nothing came' : 'the connection ended'}; before: ${seen}`);
    }
  }
}
