import { clockJump } from './clock-jump.ts';
import { diskFull } from './disk-full.ts';
import { outage } from './outage.ts';
import { powerCut } from './power-cut.ts';
import { reconnectStorm } from './reconnect-storm.ts';
import type { Story } from './story.ts';

/** Every story that is told, in the order in which they are told. */
export const stories: readonly Story[] = [outage, powerCut, diskFull, clockJump, reconnectStorm];
