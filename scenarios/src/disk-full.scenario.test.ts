import { diskFull } from './disk-full.ts';
import { promise } from './promise.ts';

promise(diskFull, {
  holds: 'disk-full: a full or failing disk refuses, recovers, and loses nothing that was acknowledged [TST-32]',
  repeats: 'disk-full: the same seed tells the same story, to the last line [TST-35]',
});
