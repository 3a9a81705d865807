import { flappingLink } from './flapping-link.ts';
import { promise } from './promise.ts';

promise(flappingLink, {
  holds: 'flapping link: however often it comes and goes, each acknowledged reading is in the cloud once [TST-45]',
  repeats: 'flapping link: the same seed tells the same story, to the last line [TST-35]',
});
