import type { Violation } from '@selvedge/testkit';
import { diskFull } from '../disk-full.ts';
import { outage } from '../outage.ts';
import { powerCut } from '../power-cut.ts';
import { reconnectStorm } from '../reconnect-storm.ts';
import type { Story } from '../story.ts';
import type { Defect } from './defect.ts';
import * as edge from './edge-defects.ts';
import * as other from './other-defects.ts';

/** Each planted bug, the stories that must catch it, and as what. */
export const catches: readonly {
  readonly defect: Defect;
  readonly by: readonly Story[];
  /** Any of these is a catch. */
  readonly as: readonly Violation['invariant'][];
}[] = [
  { defect: edge.acknowledgesBeforeCommit, by: [powerCut, diskFull], as: ['lost'] },
  { defect: edge.dropsWhenFull, by: [diskFull], as: ['lost'] },
  { defect: edge.forgetsNames, by: [outage, powerCut], as: ['doubled'] },
  { defect: edge.neverSyncs, by: [powerCut], as: ['lost', 'unsettled'] },
  { defect: edge.swallowsFailedWrites, by: [diskFull], as: ['lost', 'unproven', 'unsettled'] },
  { defect: edge.movesCursorWhenSending, by: [reconnectStorm], as: ['lost'] },
  { defect: edge.shipsWithoutResume, by: [outage, reconnectStorm], as: ['lost'] },
  { defect: edge.holdsCommandsTooLong, by: [outage], as: ['stale run'] },
  { defect: other.sendsOutOfOrder, by: [outage], as: ['lost', 'out of order'] },
  { defect: other.forgetsCommands, by: [powerCut], as: ['run twice'] },
  { defect: other.acknowledgesBeforeStored, by: [reconnectStorm], as: ['lost'] },
];
