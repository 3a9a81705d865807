import { promise } from '../promise.ts';
import { twinEdits } from './twin-edits.ts';

promise(twinEdits, {
  holds:
    'twins: whatever befalls both sides, acknowledged edits are kept once, and both say the same [TWN-34] [TST-54]',
  repeats: 'twins: the same seed tells the same story [TWN-34] [TST-35]',
});
