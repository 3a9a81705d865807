import { clockJump } from './clock-jump.ts';
import { promise } from './promise.ts';

promise(clockJump, {
  holds: 'clock-jump: nothing that was acknowledged depends on what time a clock says it is [TST-33]',
  repeats: 'clock-jump: the same seed tells the same story, to the last line [TST-35]',
});
