import type { DeviceCommand } from '@selvedge/device';
import { millis, type Random, seconds } from '@selvedge/kernel';
import type { Life } from '@selvedge/testkit';
import { between, coin, spread, whole } from '../cast/chance.ts';
import { openSite, type Site } from '../cast/site.ts';
import type { Story } from '../story.ts';
import { type DrawnSaga, drawSaga, type Way } from './draw-saga.ts';
import { type Act, judgeSaga } from './judge-saga.ts';
import { mortalStore } from './mortal-store.ts';

/** Milliseconds. */
const [second, minute] = [1_000, 60_000];

/** How long a saga may take in a cloud that dies at each of its writes, until a person has mended what it is stuck at. */
const endMax = 90 * minute;

/**
 * A saga of commands, twins and configurations goes on in a cloud that dies before and after each of its writes, while
 * steps fail, answers are late, undoings fail too, and links and power are lost. Every effect is had once, what was done is
 * undone in reverse, it ends, and its history tells all.
 */
export const saga: Story = {
  name: 'saga',
  about: 'a saga goes on in a cloud that dies at each of its writes; steps, answers and undoings fail too',
  tell(seed, defect) {
    const duration = 2 * minute;
    const site = openSite({
      ...{ seed, defect, edges: 1, devicesPerEdge: 1, duration, configured: true },
      period: 10 * second,
    });
    const { world, random, cloud } = site;
    const edge = site.edges[0]!;
    const device = site.devices[0]!;
    const drawn = drawSaga(random);
    const acts: Act[] = [];
    const { obey, mend } = deviceOf(drawn, acts);
    device.obey = obey;
    dieAtWrites(site, random, coin(random) ? 1 : 0.25);
    for (let i = whole(random, 0, 2); i > 0; i--) site.sometime(() => blow(site, random));

    const cancel = (): void => void cloud.plane?.sagas.cancel(drawn.id).catch(() => undefined);
    const end = async (): Promise<void> => {
      for (let waited = 0; waited < endMax; waited += second) {
        await world.clock.sleep(seconds(1));
        const found = await cloud.plane?.store.sagas.find(drawn.id);
        if (found?.status === 'done' || found?.status === 'undone') return;
        if (found?.status !== 'stuck') continue;
        // A person has seen to what failed, and has it tried again.
        mend();
        cancel();
      }
    };

    world.after(between(random, 12 * second, 20 * second), () => begin(site, drawn));
    if (drawn.cancelledAfter !== undefined) world.after(20 * second + drawn.cancelledAfter, cancel);
    return site.finish(
      () => {
        cloud.boot();
        edge.boot();
        device.boot(duration);
      },
      {
        rest: async () => {
          await end();
          // What a node is to apply, or to go back from, takes its time.
          await world.clock.sleep(seconds(300));
        },
        reckon: () => judgeSaga(site, drawn, acts),
      },
    );
  },
};

/** Whoever had no answer asks again; it begins nothing twice. */
function begin({ cloud, world }: Site, { id, plan }: DrawnSaga): void {
  let isBegun = false;
  const ask = (): void => {
    if (isBegun) return;
    void cloud.plane?.sagas.begin(id, plan, 'operator:ada').then(
      () => (isBegun = true),
      () => undefined,
    );
    world.after(3 * second, ask);
  };
  ask();
}

/** A device that does what fate wants with each attempt, and notes it. */
function deviceOf({ fateOf }: DrawnSaga, acts: Act[]) {
  const attempts = new Map<string, number>();
  let isMended = false;
  return {
    mend: () => void (isMended = true),
    async obey(command: DeviceCommand, { clock }: Life): Promise<unknown> {
      const { step, way } = command.arguments as { readonly step: number; readonly way: Way };
      const which = `${step} ${way}`;
      const { failures, takes } = fateOf(step, way);
      const before = attempts.get(which) ?? 0;
      attempts.set(which, before + 1);
      const act: Act = { id: command.id, step, way, at: clock.wall(), isDone: false };
      acts.push(act);
      await clock.sleep(millis(isMended ? 0 : takes));
      if (before < failures && !isMended) throw new Error(`attempt ${before + 1} of ${which} is to fail`);
      act.isDone = true;
      return { which };
    },
  };
}

/** The cloud dies before each write of a saga and, when it has come back and made it, after it; or at some of them. */
function dieAtWrites(site: Site, random: Random, chance: number): void {
  const { cloud, world } = site;
  const struck = new Set<string>();
  cloud.tap = (store, life) =>
    mortalStore(store, life, (write, side) => {
      const here = `${side} ${write}`;
      if (struck.has(here) || life.ended) return life.ended;
      struck.add(here);
      if (!coin(random, chance)) return false;
      site.blow('cloud.killed', { side, write });
      cloud.cut();
      world.after(spread(random, 50, 3 * second), () => cloud.boot());
      return true;
    });
}

/** Something that befalls the site, and passes. */
function blow(site: Site, random: Random): void {
  const { world, network } = site;
  const edge = site.edges[0]!;
  const device = site.devices[0]!;
  const lasts = spread(random, 100, 20 * second);
  site.blow('saga.struck', { lasts });
  const wire = coin(random) ? network.between(edge.name, 'cloud') : network.between(device.id, edge.name);
  switch (whole(random, 0, 2)) {
    case 0:
      wire.cut();
      world.after(lasts, () => wire.heal());
      break;
    case 1:
      wire.reset();
      break;
    default:
      edge.cut();
      world.after(lasts, () => edge.boot());
  }
}
