import { type OscoreContext, oscoreContext } from '@selvedge/coap';
import { write } from '../pieces/piece.ts';
import { body, datagram } from './grammar.ts';

const masterSecret = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex');
const [clientId, serverId] = [Buffer.of(1), Buffer.of(2)];

export const serverContext = (): OscoreContext =>
  oscoreContext({ masterSecret, senderId: serverId, recipientId: clientId });

/** A client that protects whatever bytes it is given, so that damage reaches what lies behind the decryption. */
export function sealing(): (plaintext: Buffer) => Buffer {
  const context = oscoreContext({ masterSecret, senderId: clientId, recipientId: serverId });
  let sequence = 0;
  return (plaintext) => {
    sequence += 1;
    const partialIv = Buffer.alloc(4);
    partialIv.writeUInt32BE(sequence);
    const short = partialIv.subarray(partialIv.findIndex((byte) => byte !== 0));
    const { nonce, aad } = context.bind(clientId, short);
    const sealed = context.seal(nonce, aad, plaintext.subarray(0, context.plaintextMax));
    const value = Buffer.concat([Buffer.of(0x08 | short.length), short, clientId]);
    const parts = body([{ number: 9, value }], sealed);
    return write(datagram(0, sequence & 0xffff, { code: 2, token: Buffer.of(sequence), parts }));
  };
}
