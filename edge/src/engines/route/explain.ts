import type { RouteAction, RouteChange, RouteExplanation, StreamExplanation } from '../../ports.ts';
import { conditions, type Mode } from './mode.ts';
import type { Matcher, Plan } from './plan.ts';
import type { Clause, RouteInputs } from './policy.ts';

export interface ExplainParts {
  readonly matchers: readonly Matcher[];
  readonly modes: readonly Mode[];
  readonly inputs: RouteInputs;
  readonly plans: readonly Plan[];
}

export function explain(
  parts: ExplainParts,
  device: string,
  at: { readonly wall: number; readonly ticks: number },
): RouteExplanation {
  const { matchers, inputs, plans } = parts;
  const wallOf = (ticks: number): number => Math.round(at.wall - (at.ticks - ticks));
  const fitting = matchers.flatMap((one, index) => (one.fitsDevice(device) ? [index] : []));
  const streams =
    plans.length > 0
      ? plans.map((plan) => ofPolicy(parts, plan.policy, plan, wallOf))
      : fitting.map((index) => ofPolicy(parts, index, undefined, wallOf));
  return { device, inputs, streams: streams.length > 0 ? streams : [ofPolicy(parts, -1, undefined, wallOf)] };
}

function ofPolicy(
  { matchers, modes, inputs }: ExplainParts,
  index: number,
  plan: Plan | undefined,
  wallOf: (ticks: number) => number,
): StreamExplanation {
  const values = plan?.shape.names ?? [];
  const secret = plan ? values.filter((name) => !plan.open.includes(name)) : [];
  const common = { values, private: secret };
  const matched = matchers[index];
  const mode = modes[index];
  if (!matched || !mode) {
    const why = 'no policy fits: readings are sent as they come';
    const nothing = { since: null, inputsThen: null, settledUntil: null, changes: [] };
    return { ...common, policy: null, action: 'raw', why, lane: 'high', ...nothing };
  }
  const { policy } = matched;
  const holding = policy.when[mode.clause];
  const decided = mode.inputs !== undefined && policy.when.length > 0;
  return {
    ...common,
    policy: policy.name,
    action: mode.action,
    why: holding ? `clause ${mode.clause + 1} holds: ${textOf(holding, inputs, policy.margin)}` : 'no clause holds',
    since: decided ? wallOf(mode.since) : null,
    inputsThen: mode.inputs ?? null,
    settledUntil: decided && mode.clause >= 0 ? wallOf(mode.since + policy.dwell) : null,
    lane: mode.action === 'later' ? 'low' : mode.action === 'analyse' ? 'high' : policy.priority,
    changes: changesOf(policy.when, mode.clause, policy.send, inputs, policy.margin),
  };
}

function changesOf(
  clauses: readonly Clause[],
  holding: number,
  otherwise: RouteAction,
  inputs: RouteInputs,
  margin: number,
): readonly RouteChange[] {
  const before = clauses.slice(0, holding < 0 ? clauses.length : holding);
  const begins = before.map((one): RouteChange => ({ to: one.send, when: textOf(one, inputs, 0) }));
  if (holding < 0) return begins;
  const next = clauses.slice(holding + 1).find((one) => conditions(one, inputs, 0).every(({ holds }) => holds));
  const ends = { to: next?.send ?? otherwise, when: `not any more: ${textOf(clauses[holding]!, inputs, margin)}` };
  return [...begins, ends];
}

const textOf = (clause: Clause, inputs: RouteInputs, margin: number): string =>
  conditions(clause, inputs, margin)
    .map(({ text, now }) => `${text} (now ${typeof now === 'number' ? Math.round(now * 1_000) / 1_000 : now})`)
    .join(' and ');
