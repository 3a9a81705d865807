import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import type { Value } from '@selvedge/protocol';
import type { ActuatorAction } from '../../ports.ts';
import type { Rule } from './rule.ts';

type RuleCommand = NonNullable<Rule['command']>;

/** What a command's record and the cloud can hold of its arguments. */
const [argumentsMax, urlMax] = [64, 1_024];

/** Reads what a rule orders: of the device itself, or with `coap` of another one that the node calls. */
export function checkCommand(raw: Readonly<Record<string, unknown>>): Decoded<RuleCommand> {
  const { name, arguments: values = {}, expiresIn = 60, coap, payload, idempotent, ...unknown } = raw;
  const [surplus] = Object.keys(unknown);
  if (surplus !== undefined) return undecodable(`command has ${surplus}, which is not known`);
  if (typeof expiresIn !== 'number' || !(expiresIn > 0))
    return undecodable('command.expiresIn must be seconds above 0');
  const times = { expiresIn: expiresIn * 1_000 };
  if (coap === undefined) {
    if (payload !== undefined || idempotent !== undefined)
      return undecodable('command.payload and command.idempotent are for command.coap');
    if (typeof name !== 'string' || name === '') return undecodable('command.name must be text');
    return decoded({ name, arguments: values as Readonly<Record<string, Value>>, ...times });
  }
  const actuator = checkAction(coap, idempotent);
  if (!actuator.ok) return actuator;
  if (raw['arguments'] !== undefined) return undecodable('command.payload takes the place of command.arguments');
  const content = payload ?? {};
  if (!isFlat(content))
    return undecodable(`command.payload is an object of up to ${argumentsMax} numbers, switches and texts`);
  const called = name ?? content['action'];
  if (typeof called !== 'string' || called === '')
    return undecodable('command.name or command.payload.action must be text');
  return decoded({ name: called, arguments: content, ...times, actuator: actuator.value });
}

function checkAction(coap: unknown, idempotent: unknown = false): Decoded<ActuatorAction> {
  if (typeof idempotent !== 'boolean') return undecodable('command.idempotent is true or false');
  const parsed = typeof coap === 'string' && coap.length <= urlMax ? URL.parse(coap) : null;
  if (!parsed || !/^coap(?:s?\+tcp)?:$/.test(parsed.protocol))
    return undecodable('command.coap must be a URL of coap:, coap+tcp: or coaps+tcp:');
  // A device names itself, so its name must not choose whom the node calls.
  if (parsed.hostname === '' || /[{}%]/.test(parsed.host) || parsed.username !== '' || parsed.hash !== '')
    return undecodable('command.coap needs a host, and {device} in its path or query only');
  if (!isEncoded(coap as string)) return undecodable('command.coap has a % that no percent-encoded text begins with');
  return decoded({ url: coap as string, idempotent });
}

function isEncoded(url: string): boolean {
  try {
    decodeURIComponent(url);
    return true;
  } catch {
    return false;
  }
}

const isFlat = (raw: unknown): raw is Readonly<Record<string, Value>> =>
  typeof raw === 'object' &&
  raw !== null &&
  !Array.isArray(raw) &&
  Object.keys(raw).length <= argumentsMax &&
  Object.values(raw).every((one) => typeof one === 'string' || typeof one === 'boolean' || Number.isFinite(one));
