import { promise } from '../promise.ts';
import { saga } from './saga.ts';

promise(saga, {
  holds:
    'saga: killed before and after each write, every effect is had once and what was done is undone in reverse [CFG-32] [TST-56]',
  repeats: 'saga: the same seed tells the same story [CFG-32] [TST-35]',
});
