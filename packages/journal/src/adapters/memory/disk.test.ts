import { diskContract } from '../../disk.contract.ts';
import { memoryDisk } from './disk.ts';

diskContract('memory disk', async () => ({ disk: memoryDisk(), dir: '/data/journal' }));
