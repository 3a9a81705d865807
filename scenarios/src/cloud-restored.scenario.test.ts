import { cloudRestored } from './cloud-restored.ts';
import { promise } from './promise.ts';

promise(cloudRestored, {
  holds: 'cloud restored: edges fill the gap from what they keep, and a gap that stays is named [TST-52]',
  repeats: 'cloud restored: the same seed tells the same story, to the last line [TST-35]',
});
