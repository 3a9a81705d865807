import { systemDisk } from '@selvedge/journal/disk';
import type { ConfigSources } from '@selvedge/kernel';
import { diskConfigurations } from '../adapters/disk/configurations.ts';
import { configurationLimits, type EdgeConfig, edgeConfig } from '../config.ts';
import { type ConfiguredNode, configuredNode } from '../engines/configuration/configured-node.ts';
import { readOverlay } from '../engines/configuration/overlay.ts';
import { type EdgeMachine, edgeMachine } from '../machine.ts';
import type { EdgeWorld } from '../ports.ts';

/** A node on this machine that its cloud configures; `own` is what the machine itself says. */
export const configuredMachine = (
  sources: ConfigSources,
  own: EdgeConfig,
  world: EdgeWorld,
): ConfiguredNode<EdgeMachine> =>
  configuredNode<EdgeConfig, EdgeMachine>(configurationLimits(own), {
    ...world,
    store: diskConfigurations(systemDisk, own.data),
    read: (settings) => readOverlay(edgeConfig, sources, settings),
    open: (config, line) => edgeMachine(config, world, line),
  });
