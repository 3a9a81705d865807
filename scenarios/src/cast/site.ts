import { type Random, seconds } from '@selvedge/kernel';
import {
  type SimulatedDisk,
  type SimulatedNetwork,
  simulatedDisk,
  simulatedNetwork,
  type World,
  world,
} from '@selvedge/testkit';
import type { Defect } from '../defects/defect.ts';
import type { Outcome } from '../story.ts';
import { between, oneOf } from './chance.ts';
import { type CloudActor, cloudActor } from './cloud.ts';
import { type DeviceActor, deviceActor } from './device.ts';
import { type EdgeActor, type EdgePlan, edgeActor } from './edge.ts';
import { type Operator, operator } from './operator.ts';
import { type Known, type Reckoning, verdictOn } from './verdict.ts';

export interface SitePlan {
  readonly seed: number;
  readonly defect: Defect | undefined;
  readonly edges: number;
  readonly devicesPerEdge: number;
  /** Mean of the time between two moments at which a device reports; milliseconds. */
  readonly period: number;
  /** How long the devices report; milliseconds. */
  readonly duration: number;
  /** Settings of the edges that differ from the defaults. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Whether the cloud configures the edges. */
  readonly configured?: boolean;
  /** Whether devices go to the next edge when they lose theirs. */
  readonly roaming?: boolean;
  /** Devices that use another door than their edge's, by their place; see `EdgeActor.machine`. */
  readonly doors?: (device: string, edge: string) => readonly [string, ...string[]];
  /** Commands that an operator gives during the story. */
  readonly commands?: number;
}

/** Devices, edges and a cloud, ready for whatever a story does to them. */
export interface Site {
  readonly world: World;
  readonly network: SimulatedNetwork;
  readonly cloud: CloudActor;
  readonly edges: readonly EdgeActor[];
  readonly devices: readonly DeviceActor[];
  readonly operator: Operator;
  /** The story's own chance. */
  readonly random: Random;
  readonly duration: number;
  /** Notes that the story did something to the site. */
  blow(event: string, fields?: Readonly<Record<string, unknown>>): void;
  /** Runs `task` at a moment that chance chooses within the first nine tenths of the story. */
  sometime(task: () => void): void;
  /** Another disk, empty. */
  freshDisk(name: string): SimulatedDisk;
  /** Another edge, off; it takes part in the verdict if the ending says so. */
  addEdge(plan: Pick<EdgePlan, 'name' | 'machine' | 'disk'>): EdgeActor;
  /** Lets the story happen, then mends everything, waits until all is quiet, and judges. */
  finish(mend: () => void, ending?: Ending): Promise<Outcome>;
}

/** How a story ends that is not as others are. */
export interface Ending {
  /** Edges that must have shipped everything, and are judged; all but added ones. */
  readonly judged?: () => Promise<readonly EdgeActor[]> | readonly EdgeActor[];
  /** What is waited for, in simulated time, once everything is mended. */
  readonly rest?: () => Promise<void>;
  /** What the story knows when all is quiet. */
  readonly reckon?: (known: Known) => Promise<Reckoning>;
}

/** How long a mended site may take until everything has arrived; milliseconds. */
const settleMax = 900_000;

/**
 * Settings of edges whose journals keep nothing that they need not keep, so that what was let go too early is gone: small
 * segments, and books that are closed often, because a journal keeps what is not in them.
 */
export const keepsNothing = { 'journal.keep': '0s', 'journal.segmentSize': '4KiB', 'window.period': '10s' } as const;

export function openSite(plan: SitePlan): Site {
  const { defect, duration } = plan;
  const box = world(plan.seed);
  const random = box.chance('story');
  const network = simulatedNetwork(box);
  const cloud = cloudActor(box, network, defect);
  const freshDisk = (name: string): SimulatedDisk =>
    simulatedDisk({ random: box.chance(`disk of ${name}`), clock: box.clock, delayMax: oneOf(random, [0.5, 2, 15]) });
  // Some sites are as they were before there were bundles.
  const bundles = plan.seed % 4 !== 3;
  const settings = { 'link.reportEvery': '60s', ...plan.settings };
  const addEdge = (one: Pick<EdgePlan, 'name' | 'machine' | 'disk'>): EdgeActor =>
    edgeActor(box, network, { ...one, settings, defect, bundles, configured: plan.configured ?? false });
  const edges = Array.from({ length: plan.edges }, (_, index) => {
    const name = `edge-${index + 1}`;
    return addEdge({ name, disk: freshDisk(name) });
  });
  const devices = edges.flatMap((edge, at) =>
    Array.from({ length: plan.devicesPerEdge }, (_, index) => {
      const next = edges[(at + 1) % edges.length]!.name;
      const id = `pump-${at + 1}-${index + 1}`;
      const own: [string, ...string[]] = plan.roaming ? [edge.name, next] : [edge.name];
      const doors = plan.doors?.(id, edge.name) ?? own;
      return deviceActor(box, network, { id, edges: doors, period: plan.period, defect });
    }),
  );
  const issuing = operator(box, cloud, devices, { count: plan.commands ?? 0, duration });
  let blows = 0;

  const mended = async (
    mend: () => void,
    { judged, rest }: Required<Pick<Ending, 'judged' | 'rest'>>,
  ): Promise<boolean> => {
    mend();
    for (const wire of network.wires()) wire.heal();
    await meanwhile(box, rest());
    for (let waited = 0; waited < settleMax; waited += 10_000) {
      await box.run(box.clock.ticks() + seconds(10));
      if (devices.every((one) => one.pending === 0) && (await allOf(await judged(), cloud.holds))) return true;
    }
    return false;
  };

  return {
    world: box,
    network,
    cloud,
    edges,
    devices,
    operator: issuing,
    random,
    duration,
    blow(event, fields = {}) {
      blows += 1;
      box.note(event, fields);
    },
    sometime: (task) => box.after(between(random, 0, duration * 0.9), task),
    freshDisk,
    addEdge,
    async finish(mend, { judged = () => edges, rest = async () => undefined, reckon = async () => ({}) } = {}) {
      cloud.boot();
      for (const edge of edges) edge.boot();
      for (const device of devices) device.boot(duration);
      issuing.begin();
      await box.run(duration);
      const isSettled = await mended(mend, { judged, rest });
      // Who has just been welcomed may take a moment to say so.
      await box.run(box.clock.ticks() + seconds(10));
      const about = { seed: plan.seed, world: box, cloud, devices, operator: issuing, isSettled, blows };
      const outcome = await meanwhile(box, verdictOn({ ...about, edges: await judged() }, reckon));
      await meanwhile(box, cloud.close());
      for (const device of devices) device.abandon();
      return outcome;
    },
  };
}

async function allOf<Value>(all: readonly Value[], holds: (one: Value) => Promise<boolean>): Promise<boolean> {
  for (const one of all) if (!(await holds(one))) return false;
  return true;
}

/** Lets time pass until the task is done: looking at a simulated disk takes simulated time. */
async function meanwhile<Value>(box: World, task: Promise<Value>): Promise<Value> {
  let isOver = false;
  const over = (): void => {
    isOver = true;
  };
  task.then(over, over);
  while (!isOver) await box.run(box.clock.ticks() + 100);
  return task;
}
