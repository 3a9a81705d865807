import { type Random, seconds } from '@selvedge/kernel';
import { type SimulatedNetwork, simulatedDisk, simulatedNetwork, type World, world } from '@selvedge/testkit';
import type { Defect } from '../defects/defect.ts';
import type { Outcome } from '../story.ts';
import { between, oneOf } from './chance.ts';
import { type CloudActor, cloudActor } from './cloud.ts';
import { type DeviceActor, deviceActor } from './device.ts';
import { type EdgeActor, edgeActor } from './edge.ts';
import { type Operator, operator } from './operator.ts';
import { verdictOn } from './verdict.ts';

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
  /** Whether devices go to the next edge when they lose theirs. */
  readonly roaming?: boolean;
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
  /** Lets the story happen, then mends everything, waits until all is quiet, and judges. */
  finish(mend: () => void): Promise<Outcome>;
}

/** How long a mended site may take until everything has arrived; milliseconds. */
const settleMax = 900_000;

export function openSite(plan: SitePlan): Site {
  const { defect, duration } = plan;
  const box = world(plan.seed);
  const random = box.chance('story');
  const network = simulatedNetwork(box);
  const cloud = cloudActor(box, network, defect);
  const edges = Array.from({ length: plan.edges }, (_, index) => {
    const delayMax = oneOf(random, [0.5, 2, 15]);
    const name = `edge-${index + 1}`;
    const disk = simulatedDisk({ random: box.chance(`disk of ${name}`), clock: box.clock, delayMax });
    const settings = { 'link.reportEvery': '60s', ...plan.settings };
    return edgeActor(box, network, { name, disk, settings, defect });
  });
  const devices = edges.flatMap((edge, at) =>
    Array.from({ length: plan.devicesPerEdge }, (_, index) => {
      const next = edges[(at + 1) % edges.length]!.name;
      const id = `pump-${at + 1}-${index + 1}`;
      const doors: [string, ...string[]] = plan.roaming ? [edge.name, next] : [edge.name];
      return deviceActor(box, network, { id, edges: doors, period: plan.period, defect });
    }),
  );
  const issuing = operator(box, cloud, devices, { count: plan.commands ?? 0, duration });
  let blows = 0;

  const mended = async (mend: () => void): Promise<boolean> => {
    mend();
    for (const wire of network.wires()) {
      wire.heal();
      wire.refuse = false;
    }
    for (let waited = 0; waited < settleMax; waited += 10_000) {
      await box.run(box.clock.ticks() + seconds(10));
      if (devices.every((one) => one.pending === 0) && (await allOf(edges, cloud.holds))) return true;
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
    async finish(mend) {
      cloud.boot();
      for (const edge of edges) edge.boot();
      for (const device of devices) device.boot(duration);
      issuing.begin();
      await box.run(duration);
      const isSettled = await mended(mend);
      const evidence = { seed: plan.seed, world: box, cloud, edges, devices, operator: issuing, isSettled, blows };
      const outcome = await meanwhile(box, verdictOn(evidence));
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
