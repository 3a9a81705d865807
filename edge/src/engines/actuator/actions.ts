import type { ActuatorAction, ActuatorClient } from '../../ports.ts';
import { actuatorOrigin } from './actuators.ts';

interface OrderingRule {
  readonly name: string;
  readonly command?: { readonly actuator?: ActuatorAction };
}

/** The actuators of these rules, by the origin of the commands that they order. */
export const actionsOf = (rules: readonly OrderingRule[]): ReadonlyMap<string, ActuatorAction> =>
  new Map(
    rules.flatMap(({ name, command }) =>
      command?.actuator ? [[actuatorOrigin + name, command.actuator] as const] : [],
    ),
  );

export const actuatorUrls = (rules: readonly OrderingRule[]): readonly string[] =>
  rules.flatMap(({ command }) => (command?.actuator ? [command.actuator.url] : []));

/** Of a node that is joined to none: it has nobody to call. */
export const noActuators: ActuatorClient = {
  call: () => Promise.reject(new Error('this node is not joined to actuators')),
};
