import { type Finding, type LifeOptions, type Listener, life } from './life.ts';

/** Lives that must show a hang at the same input, after the one in which it was found. */
const againTimes = 2;

/**
 * Whether a finding stands. A machine under load can make any input slow, so that time alone proves nothing; all else is the
 * same whenever it is told.
 */
export async function confirmed(
  finding: Finding,
  options: LifeOptions,
  begins: Listener['begins'],
  tell: typeof life = life,
): Promise<boolean> {
  if (finding.kind !== 'hang' || finding.place !== 'feed') return true;
  for (let time = 0; time < againTimes; time++) {
    const again = await tell(
      { ...options, inputsMax: finding.input, isOver: () => false },
      { begins, took: () => undefined, grew: () => undefined },
    );
    if (again?.kind !== 'hang' || again.input !== finding.input) return false;
  }
  return true;
}
