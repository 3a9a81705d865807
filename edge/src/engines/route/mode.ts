import type { Action, Clause, RouteInputs, RoutePolicy } from './policy.ts';

/** What a policy does at present, since when, and what was so when that began. Times are clock ticks, milliseconds. */
export interface Mode {
  readonly action: Action;
  /** Place of the clause that holds; -1: none. */
  readonly clause: number;
  readonly since: number;
  readonly inputs: RouteInputs | undefined;
}

export const firstMode = (policy: RoutePolicy, now: number): Mode => ({
  action: policy.send,
  clause: -1,
  // Nothing was decided before, so the first decision need not wait.
  since: now - policy.dwell,
  inputs: undefined,
});

/**
 * Decides which clause holds. Pure, and stable: a clause that holds ends only when its numbers have gone back by the
 * policy's margin, and nothing changes before the dwell is over.
 */
export function stepMode(policy: RoutePolicy, mode: Mode, inputs: RouteInputs, now: number): Mode {
  if (now - mode.since < policy.dwell) return mode;
  const clause = policy.when.findIndex((one, index) => holds(one, inputs, index === mode.clause ? policy.margin : 0));
  if (clause === mode.clause) return mode.inputs ? mode : { ...mode, inputs };
  const action = policy.when[clause]?.send ?? policy.send;
  return { action, clause, since: now, inputs };
}

/** One condition of a clause, as a person reads it. */
export interface Condition {
  readonly input: keyof RouteInputs;
  /** Such as `congestion above 0.8`. */
  readonly text: string;
  readonly now: number | string;
  readonly holds: boolean;
}

/** The conditions of a clause as they are now; `margin` is that of a clause that holds. */
export function conditions(clause: Clause, inputs: RouteInputs, margin: number): readonly Condition[] {
  const { link, costAbove, congestionAbove, capLeftBelow, loadAbove } = clause;
  const found: Condition[] = [];
  if (link !== undefined)
    found.push({ input: 'state', text: `link ${link}`, now: inputs.state, holds: inputs.state === link });
  const above = (input: Exclude<keyof RouteInputs, 'state'>, limit: number | undefined): void => {
    if (limit === undefined) return;
    const edge = limit * (1 - margin);
    found.push({ input, text: `${input} above ${round(edge)}`, now: inputs[input], holds: inputs[input] > edge });
  };
  above('costPerMb', costAbove);
  above('congestion', congestionAbove);
  above('load', loadAbove);
  if (capLeftBelow !== undefined) {
    const edge = capLeftBelow * (1 + margin);
    const { capLeft } = inputs;
    found.push({ input: 'capLeft', text: `capLeft below ${round(edge)}`, now: capLeft, holds: capLeft < edge });
  }
  return found;
}

const holds = (clause: Clause, inputs: RouteInputs, margin: number): boolean =>
  conditions(clause, inputs, margin).every((one) => one.holds);

const round = (value: number): number => Math.round(value * 10_000) / 10_000;
