import { poison } from './poison.ts';
import { promise } from './promise.ts';

promise(poison, {
  holds: 'poison: what can never be taken is set aside by name, and nothing waits behind it [TST-51]',
  repeats: 'poison: the same seed tells the same story, to the last line [TST-35]',
});
