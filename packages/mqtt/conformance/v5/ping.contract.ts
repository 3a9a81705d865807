import * as wire from '../../test/support/wire.ts';
import { cases } from '../support/case.ts';

export const pingCases = cases(5, 'plain', {
  '[MQTT5-3.12.4-1] PINGREQ is answered with PINGRESP': async (stage) => {
    const client = await stage.join('c');
    client.send(wire.pingreq, wire.pingreq);
    await client.next('pingresp');
    await client.next('pingresp');
  },
});
