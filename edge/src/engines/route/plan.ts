import { type Shape, valueKind } from '@selvedge/protocol';
import { globOf, type RoutePolicy } from './policy.ts';
import { type Stream, stream } from './stream.ts';

/** What the first policy that fits says of the readings of one device that have one shape. */
export interface Plan {
  readonly shape: Shape;
  /** Place of the policy; -1: none fits, and the reading is sent as it is. */
  readonly policy: number;
  readonly stream: Stream | undefined;
  /** Names of the values that may leave the site. */
  readonly open: readonly string[];
  readonly hasPrivate: boolean;
  /** Names of the numbers that may be told as aggregates. */
  readonly numbers: readonly string[];
}

/** What a policy matches, compiled. */
export interface Matcher {
  readonly policy: RoutePolicy;
  fitsDevice(id: string): boolean;
  fitsShape(shape: Shape): boolean;
  isPrivate(metric: string): boolean;
}

export function matcher(policy: RoutePolicy): Matcher {
  const fitsDevice = globOf(policy.devices);
  const metrics = policy.metrics.map(globOf);
  const secret = policy.private.map(globOf);
  const wanted = policy.shape.toSorted().join('\n');
  return {
    policy,
    fitsDevice,
    fitsShape: ({ names }) =>
      (metrics.length === 0 || names.some((name) => metrics.some((fits) => fits(name)))) &&
      (wanted === '' || names.toSorted().join('\n') === wanted),
    isPrivate: (metric) => secret.some((fits) => fits(metric)),
  };
}

/** Values are private by every policy that fits the device, also where another one decides on the reading. */
export function planOf(matchers: readonly Matcher[], device: string, shape: Shape): Plan {
  const ofDevice = matchers.filter((one) => one.fitsDevice(device));
  const chosen = ofDevice.find((one) => one.fitsShape(shape));
  const isOpen = (name: string): boolean => !ofDevice.some((one) => one.isPrivate(name));
  const open = shape.names.filter(isOpen);
  return {
    shape,
    policy: chosen ? matchers.indexOf(chosen) : -1,
    stream: chosen && stream(chosen.policy.fold, shape),
    open,
    hasPrivate: open.length < shape.names.length,
    numbers: shape.names.filter((name, slot) => shape.kinds[slot] === valueKind.number && isOpen(name)),
  };
}
