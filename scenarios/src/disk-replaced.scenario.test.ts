import { diskReplaced } from './disk-replaced.ts';
import { promise } from './promise.ts';

promise(diskReplaced, {
  holds: 'disk replaced: a new epoch, and nothing is gone but what lay on the old disk alone [TST-49]',
  repeats: 'disk replaced: the same seed tells the same story, to the last line [TST-35]',
});
