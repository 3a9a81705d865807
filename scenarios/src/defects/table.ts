import type { Violation } from '@selvedge/testkit';
import { clockJump } from '../clock-jump.ts';
import { clonedDisk } from '../cloned-disk.ts';
import { cloudRestored } from '../cloud-restored.ts';
import { configurationCatches } from '../configuration/configuration-defects.ts';
import { damagedSegments } from '../damaged-segments.ts';
import { diskFull } from '../disk-full.ts';
import { diskReplaced } from '../disk-replaced.ts';
import { flappingLink } from '../flapping-link.ts';
import { lossyLink } from '../lossy-link.ts';
import { outage } from '../outage.ts';
import { poison } from '../poison.ts';
import { powerCut } from '../power-cut.ts';
import { reconnectStorm } from '../reconnect-storm.ts';
import { sagaCatches } from '../saga/saga-defects.ts';
import type { Story } from '../story.ts';
import { trickle } from '../trickle.ts';
import { twinCatches } from '../twin/twin-defects.ts';
import type { Defect } from './defect.ts';
import * as edge from './edge-defects.ts';
import * as other from './other-defects.ts';

/** A planted bug, the stories that must catch it, and as what. */
export interface Catch {
  readonly defect: Defect;
  readonly by: readonly Story[];
  /** Any of these is a catch. */
  readonly as: readonly Violation['invariant'][];
  /** The seed at which to begin, where the first ones tell nothing of it; 1. */
  readonly from?: number;
}

export const catches: readonly Catch[] = [
  { defect: edge.acknowledgesBeforeCommit, by: [powerCut, diskFull], as: ['lost'] },
  { defect: edge.dropsWhenFull, by: [diskFull], as: ['lost'] },
  { defect: edge.forgetsNames, by: [outage, powerCut], as: ['doubled'] },
  { defect: edge.neverSyncs, by: [powerCut], as: ['lost', 'unsettled'] },
  { defect: edge.swallowsFailedWrites, by: [diskFull], as: ['lost', 'unproven', 'unsettled'] },
  { defect: edge.movesCursorWhenSending, by: [trickle], as: ['lost'] },
  { defect: edge.givesUpOnBatches, by: [trickle], as: ['lost'] },
  { defect: edge.shipsWithoutBound, by: [trickle], as: ['unbounded'], from: 15 },
  {
    defect: edge.shipsWithoutResume,
    by: [outage, flappingLink, lossyLink, reconnectStorm, cloudRestored],
    as: ['lost'],
  },
  { defect: edge.swallowsRefusals, by: [poison, clonedDisk], as: ['unsettled', 'untold'] },
  { defect: edge.hidesDamage, by: [damagedSegments], as: ['untold'] },
  { defect: edge.namesEpochAfterNode, by: [diskReplaced], as: ['untold', 'unsettled'] },
  { defect: edge.ticksFollowWall, by: [clockJump], as: ['lost', 'unsettled', 'untold', 'unproven'] },
  { defect: edge.holdsCommandsTooLong, by: [outage], as: ['stale run'] },
  { defect: other.sendsOutOfOrder, by: [outage], as: ['lost', 'out of order'] },
  { defect: other.forgetsCommands, by: [powerCut], as: ['run twice'] },
  { defect: other.acknowledgesBeforeStored, by: [reconnectStorm], as: ['lost'] },
  ...twinCatches,
  ...configurationCatches,
  ...sagaCatches,
];
