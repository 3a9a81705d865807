import { lossyLink } from './lossy-link.ts';
import { promise } from './promise.ts';

promise(lossyLink, {
  holds: 'lossy link: with 30 % of all frames lost, each acknowledged reading is in the cloud once [TST-46]',
  repeats: 'lossy link: the same seed tells the same story, to the last line [TST-35]',
});
