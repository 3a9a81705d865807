import { promise } from '../promise.ts';
import { configuration } from './configuration.ts';

promise(configuration, {
  holds:
    'configuration: whatever befalls both sides, the node ends with a good version and both name the same [CFG-10] [CFG-11] [TST-55]',
  repeats: 'configuration: the same seed tells the same story [CFG-11] [TST-35]',
});
