import { openStore, scratchPath } from '../../../test/open-store.ts';
import { storeContract } from '../../store.contract.ts';

storeContract('sqlite in threads', (t) => openStore(t, { path: scratchPath(t), worker: true }), true);
