import { defineMetrics } from '@selvedge/kernel';
import { classOf, lanes, localClass, quality, type Shape, type Value } from '@selvedge/protocol';
import type { RouteExplanation, Treatment } from '../../ports.ts';
import { explain } from './explain.ts';
import { routeMetrics } from './metrics.ts';
import { firstMode, type Mode, stepMode } from './mode.ts';
import { matcher, type Plan, planOf } from './plan.ts';
import { type Action, actions, type RouteInputs, type RoutePolicy } from './policy.ts';

/** What the router looks at of a reading, and where it notes in `quality` what it has decided. */
export interface Routed {
  readonly shape: Shape;
  readonly values: readonly Value[];
  readonly takenAt: number;
  quality: number;
}

/** Decides what becomes of each reading, by the policies of the configuration and what the link is like. */
export interface Router {
  /** The class of a reading that arrived at wall time `now`. With `whole` a reading is not folded. */
  decide(device: number, reading: Routed, now: number, whole: boolean): number;
  treat(device: number, shape: Shape): Treatment;
  /** Whether a value of that name may not leave the site. */
  isPrivate(device: string, metric: string): boolean;
  /** Whether the device has any value that may not. */
  hasPrivate(device: string): boolean;
  /** Looks again which clauses hold; at clock ticks `now`. */
  tick(inputs: RouteInputs, now: number): void;
  explain(device: string, at: { readonly wall: number; readonly ticks: number }): RouteExplanation;
  metrics(): string;
}

export interface RouterParts {
  readonly policies: readonly RoutePolicy[];
  readonly idOf: (device: number) => string;
  /** Clock ticks. */
  readonly now: number;
}

/** Shapes of one device that are remembered; one that invents shapes for ever has its plans made anew. */
const shapesMax = 32;

/** Devices whose ids were held against the policies; then the memory begins anew. */
const privateMax = 100_000;

const rawClass = classOf('reading');
const lowClass = lanes.indexOf('low');

export function router({ policies, idOf, now: began }: RouterParts): Router {
  const matchers = policies.map(matcher);
  const modes: Mode[] = policies.map((policy) => firstMode(policy, began));
  const laneClasses = policies.map(({ priority }) => lanes.indexOf(priority));
  const plans: (Map<Shape, Plan> | undefined)[] = [];
  const newest: (Plan | undefined)[] = [];
  const secretive = new Map<string, boolean>();
  const metrics = defineMetrics(routeMetrics);
  const counts: Record<Action, number> = { raw: 0, folded: 0, later: 0, nothing: 0, analyse: 0 };
  let inputs: RouteInputs = { state: 'offline', costPerMb: 0, congestion: 0, capLeft: 1, load: 0 };

  const planFor = (device: number, shape: Shape): Plan => {
    const last = newest[device];
    if (last?.shape === shape) return last;
    const known = (plans[device] ??= new Map());
    let plan = known.get(shape);
    if (!plan) {
      if (known.size === shapesMax) known.clear();
      known.set(shape, (plan = planOf(matchers, idOf(device), shape)));
    }
    newest[device] = plan;
    return plan;
  };

  const actionOf = (plan: Plan, takenAt: number, now: number): Action => {
    if (plan.policy < 0) return 'raw';
    const { action } = modes[plan.policy]!;
    const { deadline } = policies[plan.policy]!;
    const isLate = deadline > 0 && now - takenAt > deadline;
    return isLate && (action === 'raw' || action === 'analyse') ? 'later' : action;
  };

  const classFor = (plan: Plan, action: Action): number =>
    action === 'later' ? lowClass : action === 'analyse' || plan.policy < 0 ? rawClass : laneClasses[plan.policy]!;

  return {
    metrics() {
      for (const action of actions) metrics.routed.set(counts[action], action);
      return metrics.expose();
    },
    decide(device, reading, now, whole) {
      const plan = planFor(device, reading.shape);
      const action = actionOf(plan, reading.takenAt, now);
      counts[action] += 1;
      if (action === 'nothing') {
        reading.quality |= quality.withheld;
        return localClass;
      }
      if (action === 'folded' && !plan.stream!.represents(reading.values, now) && !whole) {
        reading.quality |= quality.folded;
        return localClass;
      }
      if (action === 'analyse') reading.quality |= quality.analyse;
      if (!plan.hasPrivate) return classFor(plan, action);
      reading.quality |= quality.withheld | quality.partly;
      return localClass;
    },
    treat(device, shape) {
      const plan = planFor(device, shape);
      const policy = policies[plan.policy];
      const { open } = plan;
      const action = plan.policy < 0 ? 'raw' : modes[plan.policy]!.action;
      const numbers = policy?.fold.aggregates ? plan.numbers : [];
      const interval = policy?.fold.interval ?? 0;
      return { policy: policy?.name ?? '', interval, numbers, open, klass: classFor(plan, action) };
    },
    isPrivate: (device, metric) => matchers.some((one) => one.fitsDevice(device) && one.isPrivate(metric)),
    hasPrivate(device) {
      let found = secretive.get(device);
      if (found === undefined) {
        found = matchers.some((one) => one.policy.private.length > 0 && one.fitsDevice(device));
        if (secretive.size === privateMax) secretive.clear();
        secretive.set(device, found);
      }
      return found;
    },
    tick(seen, now) {
      inputs = seen;
      for (let i = 0; i < modes.length; i++) modes[i] = stepMode(policies[i]!, modes[i]!, inputs, now);
    },
    explain: (device, at) => explain({ matchers, modes, inputs, plans: knownPlans(device) }, device, at),
  };

  function knownPlans(device: string): readonly Plan[] {
    const index = plans.findIndex((known, at) => known !== undefined && idOf(at) === device);
    return index < 0 ? [] : [...plans[index]!.values()];
  }
}
