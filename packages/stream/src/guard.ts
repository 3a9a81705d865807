/** What keeps an action from firing on noise. */
export interface GuardLimits {
  /** How many judgements in a row must agree. */
  readonly inARow: number;
  /** Milliseconds after firing in which it does not fire again. */
  readonly cooldown: number;
}

/** Counts one rule on one device. */
export interface GuardState {
  inARow: number;
  /** Time of the last firing, or -Infinity. */
  firedAt: number;
}

export const freshGuard = (): GuardState => ({ inARow: 0, firedAt: -Infinity });

/** Takes one judgement at `time`; true when the guarded action may happen now. Changes `state`. */
export function passGuard(state: GuardState, limits: GuardLimits, wrong: boolean, time: number): boolean {
  if (!wrong) {
    if (state.inARow !== 0) state.inARow = 0;
    return false;
  }
  state.inARow += 1;
  if (state.inARow < limits.inARow) return false;
  // A clock that jumped back must not keep the guard shut until it has caught up.
  if (time >= state.firedAt && time - state.firedAt < limits.cooldown) return false;
  state.firedAt = time;
  return true;
}
