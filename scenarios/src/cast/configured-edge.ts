import {
  configurationLimits,
  diskConfigurations,
  type EdgeAdapters,
  type EdgeConfig,
  type EdgeNode,
  edgeConfig,
  edgeNode,
} from '@selvedge/edge';
import { type ConfigSources, readConfig } from '@selvedge/kernel';
import type { Life } from '@selvedge/testkit';
import { type ConfiguredNode, configuredNode } from '../../../edge/src/engines/configuration/configured-node.ts';
import { decodeHeld, encodeHeld, type Held } from '../../../edge/src/engines/configuration/held.ts';
import { readOverlay } from '../../../edge/src/engines/configuration/overlay.ts';

/** What a node that the cloud configures is joined to. */
export interface ConfiguredPlan {
  readonly sources: ConfigSources;
  readonly life: Life;
  readonly adapters: EdgeAdapters;
  /** What comes to the disk in place of what the node wants to hold; `before` is what is there. */
  readonly keep: (next: Held, before: Held | undefined) => Held;
  /** The program ends without a word, as one does that cannot bear its settings. */
  readonly crash: () => void;
}

/** Numbers that are allowed and that a node in this world cannot run with. */
export const unusable = { fails: 4_242, crashes: 6_666 } as const;

/** A node that the cloud configures, as the product's program is one, on a simulated disk. */
export function configuredEdge({ sources, life, adapters, keep, crash }: ConfiguredPlan) {
  const own = readConfig(edgeConfig, sources);
  const files = diskConfigurations(adapters.disk, own.data);
  let settings = own;
  let held: Held | undefined;
  const program: ConfiguredNode<EdgeNode> = configuredNode<EdgeConfig, EdgeNode>(configurationLimits(own), {
    ...life,
    store: {
      async read() {
        const bytes = await files.read();
        held = bytes && decodeHeld(bytes);
        return bytes;
      },
      async write(bytes) {
        const kept = keep(decodeHeld(bytes)!, held);
        await files.write(encodeHeld(kept));
        held = kept;
      },
    },
    read: (wanted) => readOverlay(edgeConfig, sources, wanted),
    async open(config, configuration) {
      // Some settings can only be found wrong by trying, and some end the program.
      if (config.window.samplesMax === unusable.fails) throw new Error('the door cannot be opened');
      if (config.window.samplesMax === unusable.crashes) life.clock.soon(crash);
      settings = config;
      const { transport: _, ...unlinked } = adapters;
      const joined = config.link.url === '' ? { ...unlinked, transport: undefined } : adapters;
      return edgeNode(config, life, { ...joined, configuration });
    },
  });
  // A program that has failed leaves its process, and a supervisor starts the next.
  program.broken.catch(crash);
  return {
    program,
    /** What the node holds of its configuration, as its disk has it. */
    get held() {
      return held;
    },
    /** Those that the node runs with. */
    get settings() {
      return settings;
    },
  };
}

export type ConfiguredEdge = ReturnType<typeof configuredEdge>;
