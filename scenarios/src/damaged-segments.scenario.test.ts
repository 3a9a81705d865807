import { damagedSegments } from './damaged-segments.ts';
import { promise } from './promise.ts';

promise(damagedSegments, {
  holds: 'damaged segments: what cannot be read is named, and nothing else is lost [TST-48]',
  repeats: 'damaged segments: the same seed tells the same story, to the last line [TST-35]',
});
