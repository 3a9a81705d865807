import { openStore, scratchPath } from '../../../test/open-store.ts';
import { storeContract } from '../../store.contract.ts';

storeContract('sqlite in memory', (t) => openStore(t, { path: ':memory:', worker: false }), false);
storeContract('sqlite in a file', (t) => openStore(t, { path: scratchPath(t), worker: false }), true);
