import { promise } from './promise.ts';
import { reconnectStorm } from './reconnect-storm.ts';

promise(reconnectStorm, {
  holds: 'reconnect-storm: when all edges come back at once, nothing is lost and nothing is doubled [TST-34]',
  repeats: 'reconnect-storm: the same seed tells the same story, to the last line [TST-35]',
});
