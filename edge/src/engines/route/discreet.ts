import type { Alert, Command, Statistics, Value } from '@selvedge/protocol';
import type { Derived } from '../../ports.ts';

/** What is derived from readings travels to the cloud, so it must not carry values that may not. */
export interface Discreet {
  /** Takes private values out of what rules have derived. */
  derived(derived: Derived, metricOf: (rule: string) => string | undefined): void;
  statistics(all: readonly Statistics[]): readonly Statistics[];
}

type IsPrivate = (device: string, metric: string) => boolean;

export function discreet(isPrivate: IsPrivate, hasPrivate: (device: string) => boolean): Discreet {
  return {
    derived({ alerts, commands }, metricOf) {
      for (const [index, alert] of alerts.entries())
        if (hasPrivate(alert.device)) alerts[index] = alertOf(alert, isPrivate);
      for (const [index, command] of commands.entries())
        if (hasPrivate(command.device)) commands[index] = commandOf(command, isPrivate, metricOf);
    },
    statistics: (all) =>
      all.flatMap((one) => {
        if (!hasPrivate(one.device)) return [one];
        const metrics = one.metrics.filter(({ metric }) => !isPrivate(one.device, metric));
        return metrics.length === 0 ? [] : [{ ...one, metrics }];
      }),
  };
}

function alertOf(alert: Alert, isPrivate: IsPrivate): Alert {
  const { device, metric } = alert;
  const data: Record<string, Value> = Object.fromEntries(
    Object.entries(alert.data).filter(([name]) => !isPrivate(device, name)),
  );
  if (!isPrivate(device, metric)) return { ...alert, data };
  return { ...alert, data, value: 0, message: `${metric} broke the rule ${alert.rule}; its value stays at the site` };
}

function commandOf(command: Command, isPrivate: IsPrivate, metricOf: (rule: string) => string | undefined): Command {
  const rule = command.origin.slice(command.origin.indexOf(':') + 1);
  const metric = metricOf(rule);
  if (metric !== undefined && !isPrivate(command.device, metric)) return command;
  return { ...command, reason: `rule ${rule} held; the value stays at the site` };
}
