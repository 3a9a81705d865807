import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { isDeviceId } from '@selvedge/protocol';
import type { GateAction, Principal } from '../../ports.ts';
import { contains, levelsOf } from './containment.ts';

/** Filters of what somebody may do. In those of devices, a level that is `{device}` stands for the device's own id. */
export interface Permits {
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
}

export interface Application extends Permits {
  readonly name: string;
}

export interface RoleOptions {
  readonly devices: Permits;
  readonly applications: readonly Application[];
}

/** What a device may do unless the configuration says otherwise: speak for itself, hear what is meant for it. */
export const devicePermits: Permits = {
  publish: ['sensors/{device}/#', 'devices/{device}/status', 'commands/{device}/result', 'twin/{device}/reported'],
  subscribe: ['commands/{device}', 'alerts/{device}', 'twin/{device}/desired'],
};

const device = '{device}';

/** Who may do what. What no permit covers wholly is denied; `$` topics are the node's own, and only operators see them. */
export function roles(options: RoleOptions): (who: Principal, action: GateAction, topicOrFilter: string) => boolean {
  const devices = compile(options.devices);
  const applications = new Map(options.applications.map((one) => [one.name, compile(one)]));
  return (who, action, text) => {
    // They are judged without taking the topic apart: a gateway brings thousands of topics, again and again.
    if (action === 'publish' && (who.kind === 'anonymous' || who.kind === 'operator'))
      return text !== '' && !text.startsWith('$') && !/[+#\0]/.test(text);
    const asked = levelsOf(text);
    if (!asked) return false;
    const system = asked[0]!.startsWith('$');
    if (action === 'publish' && (system || asked.some((level) => level === '#' || level === '+'))) return false;
    switch (who.kind) {
      case 'operator':
        return true;
      case 'anonymous':
        return !system;
      case 'application':
        return applications.get(who.name)?.[action].some((permit) => contains(permit, asked)) ?? false;
      case 'device':
        // An id that is none could hold a wildcard or a further level, and widen what it is put into.
        return isDeviceId(who.name) && devices[action].some((permit) => contains(own(permit, who.name), asked));
    }
  };
}

const compile = (permits: Permits): Readonly<Record<GateAction, readonly (readonly string[])[]>> => ({
  publish: permits.publish.flatMap((filter) => [levelsOf(filter) ?? []].filter((levels) => levels.length > 0)),
  subscribe: permits.subscribe.flatMap((filter) => [levelsOf(filter) ?? []].filter((levels) => levels.length > 0)),
});

const own = (permit: readonly string[], id: string): readonly string[] =>
  permit.map((level) => (level === device ? id : level));

export const checkDevicePermits = (raw: unknown): Decoded<Permits> => checkPermits(raw, 'access.devices', true);

export function checkApplications(raw: unknown): Decoded<readonly Application[]> {
  if (!Array.isArray(raw)) return undecodable('applications are a list');
  const applications: Application[] = [];
  for (const [index, one] of (raw as unknown[]).entries()) {
    const where = `application ${index}`;
    const { name, ...rest } = (typeof one === 'object' && one !== null ? one : {}) as Partial<Record<string, unknown>>;
    if (typeof name !== 'string' || !isDeviceId(name)) return undecodable(`${where} needs a name like a device id`);
    if (applications.some((other) => other.name === name)) return undecodable(`${where}: there are two ${name}`);
    const permits = checkPermits(rest, where, false);
    if (!permits.ok) return permits;
    applications.push({ name, ...permits.value });
  }
  return decoded(applications);
}

function checkPermits(raw: unknown, where: string, ofDevices: boolean): Decoded<Permits> {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return undecodable(`${where} needs the lists publish and subscribe`);
  const { publish = [], subscribe = [], ...unknown } = raw as Partial<Record<string, unknown>>;
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) return undecodable(`${where} has ${surplus}, which is not known`);
  for (const [name, list] of Object.entries({ publish, subscribe })) {
    if (!Array.isArray(list)) return undecodable(`${where}: ${name} is a list of topic filters`);
    for (const filter of list as unknown[]) {
      const why = wrongFilter(filter, ofDevices);
      if (why !== undefined) return undecodable(`${where}: ${name} has ${JSON.stringify(filter)}: ${why}`);
    }
  }
  return decoded({ publish: publish as string[], subscribe: subscribe as string[] });
}

function wrongFilter(filter: unknown, ofDevices: boolean): string | undefined {
  const levels = typeof filter === 'string' ? levelsOf(filter) : undefined;
  if (!levels) return 'no topic filter';
  // Part of a level cannot stand for an id: `a{device}` of device `b` would be that of a device `ab`.
  if (levels.some((level) => /[{}]/.test(level) && !(ofDevices && level === device)))
    return ofDevices ? '{device} stands for a whole level' : 'only permits of devices may say {device}';
  return undefined;
}
