import { after, test } from 'node:test';
import { listenOn, portOf } from '../../test/support/sockets.ts';
import { websocketPromises } from './websocket.contract.ts';

const broker = await listenOn(['ws']);
after(() => broker.stop());

for (const [name, prove] of Object.entries(websocketPromises)) test(name, () => prove(portOf(broker)));
