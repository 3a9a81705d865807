import type { Violation } from '@selvedge/testkit';
import type { Defect } from './defects/defect.ts';

/** A story in simulated time: what happens to a site, drawn from a seed, and what must hold afterwards. */
export interface Story {
  readonly name: string;
  /** One line for a person. */
  readonly about: string;
  /** Tells it once. With a defect it should end badly: that is how the story proves its worth. */
  tell(seed: number, defect?: Defect): Promise<Outcome>;
}

export interface Outcome {
  readonly seed: number;
  readonly violations: readonly Violation[];
  readonly figures: Figures;
  /** Digest of the whole history: equal for equal seeds. */
  readonly digest: string;
}

/** What happened in a telling, to see that it was not an empty one. */
export interface Figures {
  readonly simulatedSeconds: number;
  readonly moments: number;
  readonly reported: number;
  readonly acknowledged: number;
  readonly stored: number;
  /** Cuts, resets, jumps and refusals that the story dealt. */
  readonly blows: number;
}
