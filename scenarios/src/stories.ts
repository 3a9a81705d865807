import { clockJump } from './clock-jump.ts';
import { clonedDisk } from './cloned-disk.ts';
import { cloudRestored } from './cloud-restored.ts';
import { configuration } from './configuration/configuration.ts';
import { damagedSegments } from './damaged-segments.ts';
import { diskFull } from './disk-full.ts';
import { diskReplaced } from './disk-replaced.ts';
import { flappingLink } from './flapping-link.ts';
import { lossyLink } from './lossy-link.ts';
import { outage } from './outage.ts';
import { poison } from './poison.ts';
import { powerCut } from './power-cut.ts';
import { reconnectStorm } from './reconnect-storm.ts';
import { saga } from './saga/saga.ts';
import type { Story } from './story.ts';
import { trickle } from './trickle.ts';
import { twinEdits } from './twin/twin-edits.ts';

/** Every story that is told, in the order in which they are told. */
export const stories: readonly Story[] = [
  outage,
  flappingLink,
  lossyLink,
  trickle,
  powerCut,
  diskFull,
  damagedSegments,
  diskReplaced,
  clonedDisk,
  clockJump,
  poison,
  cloudRestored,
  reconnectStorm,
  twinEdits,
  configuration,
  saga,
];
