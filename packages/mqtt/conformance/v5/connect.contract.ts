import assert from 'node:assert/strict';
import * as wire from '../../test/support/wire.ts';
import { cases, type Stage } from '../support/case.ts';
import * as property from '../support/properties.ts';

const five = { version: 5 } as const;

/** Sends bytes that are no good CONNECT; the connection is closed, and a CONNACK, if there is one, says one of `codes`. */
async function turnedAway(stage: Stage, bytes: Uint8Array, ...codes: readonly number[]): Promise<void> {
  const client = await stage.dial();
  client.send(bytes);
  for (const packet of await client.ended()) {
    assert.equal(packet.kind, 'connack');
    assert.ok(codes.includes(packet.code!), `CONNACK says ${packet.code}`);
  }
}

/** A CONNECT with these flags and, behind the client identifier, these fields. */
const flagged = (flags: number, ...fields: readonly Uint8Array[]): Buffer =>
  wire.packet(0x10, wire.field('MQTT'), Buffer.of(5, flags), wire.u16(0), wire.u8(0), wire.field('c'), ...fields);

const malformed = [0x80, 0x81, 0x82] as const;

export const connectCases = cases(5, 'plain', {
  '[MQTT5-3.1.0-1] whoever says anything before CONNECT is closed': async (stage) => {
    for (const bytes of [
      wire.pingreq,
      wire.publish({ ...five, topic: stage.topic, qos: 1 }),
      wire.subscribe([[stage.topic, 0]], five),
      wire.disconnect(0),
    ]) {
      const client = await stage.dial();
      client.send(bytes);
      await client.closes(0x82, 0x81);
    }
  },

  '[MQTT5-3.1.0-2] a second CONNECT is a protocol error': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.connect({ ...five, clientId: stage.id('c') }));
    await client.closes(0x82);
  },

  '[MQTT5-3.1.2-1] another protocol name is not served': async (stage) => {
    const body = [Buffer.of(5, 2), wire.u16(0), wire.u8(0), wire.field('c')];
    for (const name of ['MQTX', 'mqtt', 'HTTP', '']) {
      await turnedAway(stage, wire.packet(0x10, wire.field(name), ...body), 0x84, ...malformed, 1);
    }
  },

  '[MQTT5-3.1.2-2] another protocol version is not served': async (stage) => {
    for (const version of [0, 1, 6, 127]) {
      const body = [Buffer.of(version, 2), wire.u16(0), wire.u8(0), wire.field('c')];
      // Of a version unknown to it a server may answer in the form of 3.1.1, which has its own number for this.
      await turnedAwayUnread(stage, wire.packet(0x10, wire.field('MQTT'), ...body), 0x84, 1);
    }
  },

  '[MQTT5-3.1.2-3] [MQTT5-3.1.4-1] the reserved flag of CONNECT has to be 0': async (stage) =>
    turnedAway(stage, flagged(0x03), ...malformed),

  '[MQTT5-3.1.2-9] a will flag without a will is malformed': async (stage) =>
    turnedAway(stage, flagged(0x06), ...malformed),

  '[MQTT5-3.1.2-11] without a will its QoS is 0': async (stage) => {
    await turnedAway(stage, flagged(0x0a), ...malformed);
    await turnedAway(stage, flagged(0x12), ...malformed);
  },

  '[MQTT5-3.1.2-12] a will of QoS 3 is malformed': async (stage) =>
    turnedAway(stage, flagged(0x1e, wire.u8(0), wire.field('t'), wire.field('p')), ...malformed),

  '[MQTT5-3.1.2-13] without a will it is not to be retained': async (stage) =>
    turnedAway(stage, flagged(0x22), ...malformed),

  '[MQTT5-3.1.2-16] [MQTT5-3.1.2-18] fields that no flag announces are malformed': async (stage) => {
    await turnedAway(stage, flagged(0x02, wire.field('user')), ...malformed);
    await turnedAway(stage, flagged(0x82, wire.field('user'), wire.field('password')), ...malformed);
  },

  '[MQTT5-3.1.2-17] [MQTT5-3.1.2-19] flags whose fields are missing are malformed': async (stage) => {
    await turnedAway(stage, flagged(0x82), ...malformed);
    await turnedAway(stage, flagged(0x42), ...malformed);
    await turnedAway(stage, flagged(0xc2, wire.field('user')), ...malformed);
  },

  '[MQTT5-3.1.3-3] a CONNECT without a client identifier field is malformed': async (stage) => {
    const bytes = wire.packet(0x10, wire.field('MQTT'), Buffer.of(5, 2), wire.u16(0), wire.u8(0));
    await turnedAway(stage, bytes, ...malformed, 0x85);
  },

  '[MQTT5-3.1.3-4] [MQTT5-3.1.3-11] [MQTT5-3.1.3-12] identifier, will topic and user name have to be UTF-8': async (
    stage,
  ) => {
    const wrong = Buffer.of(0xc0, 0xaf);
    await turnedAway(stage, wire.connect({ ...five, clientId: wrong }), ...malformed, 0x85);
    await turnedAway(stage, wire.connect({ ...five, will: { topic: wrong, payload: '' } }), ...malformed, 0x90);
    await turnedAway(stage, wire.connect({ ...five, username: wrong, password: 'p' }), ...malformed, 0x86);
  },

  '[MQTT5-3.1.4-1] a CONNECT with wrong properties is not accepted': async (stage) => {
    for (const properties of [
      [property.topicAlias(1)],
      [property.receiveMaximum(0)],
      [property.maximumPacketSize(0)],
      [property.requestProblemInformation(2)],
      [property.sessionExpiry(1), property.sessionExpiry(1)],
      [property.authenticationData('data without a method')],
      [Buffer.of(0x7f)],
    ]) {
      await turnedAway(stage, wire.connect({ ...five, properties }), ...malformed);
    }
  },

  '[MQTT5-3.1.4-1] [MQTT5-3.14.0-1] bytes behind the payload are malformed; no DISCONNECT comes before a CONNACK':
    async (stage) => turnedAway(stage, flagged(0x02, Buffer.of(0)), ...malformed),

  '[MQTT5-3.1.3-5] identifiers of 1 to 23 letters and digits are served': async (stage) => {
    const letters = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
    for (const clientId of ['a', '0', letters.slice(0, 23), letters.slice(23, 46), letters.slice(46)]) {
      await stage.join('', { clientId });
    }
  },

  '[MQTT5-3.1.3-8] a client identifier is accepted, or refused with 0x85 and the end': async (stage) => {
    for (const clientId of ['+', '#', 'a/b', '$SYS', 'ü', 'x'.repeat(300)]) {
      const client = await stage.dial();
      client.send(wire.connect({ ...five, clientId }));
      const { code } = await client.next('connack');
      assert.ok(code === 0 || code === 0x85, `CONNACK says ${code}`);
      if (code === 0x85) await client.closes();
    }
  },

  '[MQTT5-3.1.3-6] [MQTT5-3.1.3-7] [MQTT5-3.2.2-16] who brings no identifier is told the one it was given': async (
    stage,
  ) => {
    const properties = [property.sessionExpiry(60)];
    const one = await stage.join('', { clientId: '', properties });
    const other = await stage.join('', { clientId: '', properties });
    const ids = [one, other].map((client) => client.connack.properties?.['assignedClientId'] as string);
    assert.ok(ids[0] && ids[1] && ids[0] !== ids[1], `assigned: ${ids}`);
    await one.leave();
    const again = await stage.join('', { clientId: ids[0], clean: false });
    assert.deepEqual([again.connack.present, again.connack.properties?.['assignedClientId']], [true, undefined]);
  },

  '[MQTT5-3.1.4-3] [MQTT5-3.14.4-1] a client that connects again closes its earlier connection': async (stage) => {
    const earlier = await stage.join('c');
    await stage.join('c');
    assert.deepEqual(await earlier.closes(0x8e), []);
  },

  '[MQTT5-3.1.4-5] [MQTT5-3.2.2-1] CONNACK says 0x00, and its flags hold nothing but Session Present': async (
    stage,
  ) => {
    const { connack } = await stage.join('c');
    assert.deepEqual([connack.code, connack.present], [0, false]);
  },

  '[MQTT5-3.2.0-1] nothing comes before CONNACK': async (stage) => {
    const client = await stage.dial();
    const hello = wire.connect({ ...five, clientId: stage.id('c') });
    client.send(hello, wire.subscribe([[stage.topic, 0]], five), wire.publish({ ...five, topic: stage.topic }));
    const packets = await client.settled();
    assert.deepEqual(kinds(packets), ['connack', 'suback', 'publish']);
  },

  '[MQTT5-3.2.0-2] one connection gets one CONNACK': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic, 1);
    await client.publish(stage.topic, '', { qos: 2 });
    client.send(wire.connect({ ...five, clientId: stage.id('c') }));
    assert.ok(!kinds(await client.closes(0x82)).includes('connack'));
  },

  '[MQTT5-3.1.2-28] who does not ask for response information is not given it': async (stage) => {
    for (const properties of [[], [property.requestResponseInformation(0)]]) {
      const { connack } = await stage.join('c', { properties });
      assert.equal(connack.properties?.['responseInformation'], undefined);
    }
  },

  '[MQTT5-3.1.2-29] who wants no problem information gets no reason string but in CONNACK and DISCONNECT': async (
    stage,
  ) => {
    const client = await stage.join('c', { properties: [property.requestProblemInformation(0)] });
    client.send(
      wire.subscribe([[`${stage.topic}/a`, 0]], { ...five, id: 2 }),
      wire.unsubscribe([`${stage.topic}/x`], five.version, 3),
      wire.publish({ ...five, topic: stage.topic, qos: 1, id: 4 }),
      wire.publish({ ...five, topic: '$SYS/no', qos: 2, id: 5 }),
      wire.pubrel(998),
      wire.pubrec(999),
    );
    for (const { kind, properties } of await client.settled()) {
      assert.deepEqual(
        [kind, properties?.['reasonString'], properties?.['userProperties']],
        [kind, undefined, undefined],
      );
    }
  },

  '[MQTT5-4.12.0-1] [MQTT5-4.12.0-6] an authentication method that is not supported is refused': async (stage) => {
    const packets = await stage.refused({ properties: [property.authenticationMethod('no such method')] });
    assert.ok(packets[0] === undefined || [0x8c, 0x87].includes(packets[0].code!), JSON.stringify(packets));
    assert.equal((await stage.join('c')).connack.properties?.['authenticationMethod'], undefined);
  },

  '[MQTT5-4.12.0-7] AUTH from a client that has named no method is a protocol error': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.packet(0xf0, wire.u8(0x19), wire.varint(4), property.authenticationMethod('x')));
    await client.closes(0x82);
  },

  '[MQTT5-4.2-1] a connection over TCP keeps order and loses nothing': async (stage) => {
    const client = await stage.join('c');
    await client.subscribe(stage.topic);
    const numbers = Array.from({ length: 500 }, (_, n) => `${n}`);
    client.send(...numbers.map((payload) => wire.publish({ ...five, topic: stage.topic, payload })));
    assert.deepEqual(
      (await client.settled()).map(({ payload }) => payload),
      numbers,
    );
  },
});

const kinds = (packets: readonly { kind: string }[]): string[] => packets.map(({ kind }) => kind);

/** As `turnedAway`, when the answer may be in the form of another version: then its last two bytes are read alone. */
async function turnedAwayUnread(stage: Stage, bytes: Uint8Array, ...codes: readonly number[]): Promise<void> {
  const client = await stage.dial('unread');
  client.send(bytes);
  const answer = await client.endedUnread();
  const said = answer.length === 0 || (answer[0] === 0x20 && codes.includes(answer[3]!));
  assert.ok(said, `answered ${answer.toString('hex')}`);
}
