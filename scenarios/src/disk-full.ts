import { between, coin, oneOf, spread, whole } from './cast/chance.ts';
import type { EdgeActor } from './cast/edge.ts';
import { openSite, type Site } from './cast/site.ts';
import type { Story } from './story.ts';

/** Milliseconds. */
const [second, minute, hour] = [1_000, 60_000, 3_600_000];

/**
 * The edge's disk fills up, by its own journal or by somebody else's files, stays full for a while and is emptied again;
 * now and then it refuses single calls. What the edge cannot keep it must refuse, and the devices keep it.
 */
export const diskFull: Story = {
  name: 'disk-full',
  about:
    "the edge's disk is full for a second to an hour or refuses calls; what was acknowledged is kept, the rest is refused",
  tell(seed, defect) {
    // An hour takes longer to tell, and shows what retries and clocks do meanwhile.
    const longest = seed % 20 === 0 ? hour : 30 * second;
    const duration = longest === hour ? hour + 2 * minute : 45 * second;
    const site = openSite({ seed, defect, edges: 1, devicesPerEdge: 2, duration, period: duration / 13, commands: 2 });
    const { random, edges, world } = site;
    if (longest === hour) world.after(between(random, 0, minute), () => fill(site, edges[0]!, hour));
    else
      for (let i = whole(random, 1, 4); i > 0; i--)
        site.sometime(() => fill(site, oneOf(random, edges), spread(random, second, longest)));
    for (let i = whole(random, 0, 4); i > 0; i--) site.sometime(() => failCalls(site, oneOf(random, edges)));
    if (coin(random, 0.3))
      site.sometime(() => {
        const edge = oneOf(random, edges);
        site.blow('edge.cut', { edge: edge.name });
        edge.cut();
        site.world.after(spread(random, 100, 10 * second), () => edge.boot());
      });
    return site.finish(() => {
      for (const edge of edges) {
        edge.disk.resize(Number.MAX_SAFE_INTEGER);
        edge.disk.heal();
        edge.boot();
      }
    });
  },
};

function fill(site: Site, edge: EdgeActor, lasts: number): void {
  const { random } = site;
  const left = coin(random) ? 0 : Math.floor(between(random, 0, 20_000));
  site.blow('disk.filled', { edge: edge.name, left, lasts });
  edge.disk.resize(edge.disk.usedBytes + left);
  site.world.after(lasts, () => edge.disk.resize(Number.MAX_SAFE_INTEGER));
}

function failCalls(site: Site, edge: EdgeActor): void {
  const { random } = site;
  const call = oneOf(random, ['write', 'sync', 'open', 'rename', 'truncate', 'syncDir'] as const);
  const code = oneOf(random, ['EIO', 'ENOSPC', 'EDQUOT']);
  const times = whole(random, 1, 3);
  site.blow('disk.failed', { edge: edge.name, call, code, times });
  edge.disk.fail(call, code, times);
}
