import { isFault } from '@selvedge/kernel';
import { edgeAt, edgeOptions } from '../edge-at.ts';
import type { Verb } from '../verb.ts';

export const brokerKick: Verb = {
  path: ['broker', 'kick'],
  summary: 'Disconnect an MQTT client; it may come back unless its credential is revoked.',
  arguments: [{ name: 'CLIENT', doc: 'The id, as `broker clients` lists it.' }],
  options: edgeOptions,
  examples: ['selvedge broker kick device/pump-7/mqttjs_1a2b'],
  talks: false,
  async run(context) {
    const client = context.given.argument('CLIENT')!;
    let kicked = true;
    try {
      await edgeAt(context).remove(`/v1/broker/clients/${encodeURIComponent(client)}`);
    } catch (cause) {
      if (!isFault(cause, 'OPERATION_ABSENT')) throw cause;
      kicked = false;
    }
    context.answer(
      { client, kicked },
      `Client ${client} ${kicked ? 'is disconnected' : 'is already not connected'}.\n`,
    );
    return undefined;
  },
};
