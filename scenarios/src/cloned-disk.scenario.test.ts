import { clonedDisk } from './cloned-disk.ts';
import { promise } from './promise.ts';

promise(clonedDisk, {
  holds: 'cloned disk: one owner goes on, the other is refused by name, and neither node loses a reading [TST-50]',
  repeats: 'cloned disk: the same seed tells the same story, to the last line [TST-35]',
});
