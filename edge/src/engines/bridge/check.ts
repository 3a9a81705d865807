import { type Decoded, type Duration, decoded, parseDuration, undecodable } from '@selvedge/kernel';
import { isDeviceId, isTopicFilter } from '@selvedge/protocol';
import { localFilter, remoteFilter } from './mapping.ts';
import { overlaps } from './overlap.ts';
import { type BridgeOptions, type BridgeRule, bridgeDefaults, goes, ruleDefaults } from './rule.ts';

type Raw = Readonly<Record<string, unknown>>;

/** Reads the bridges of a configuration, or tells everything that is wrong with them. */
export function checkBridges(raw: unknown): Decoded<readonly BridgeOptions[]> {
  if (!Array.isArray(raw)) return undecodable('bridges are a list');
  const mistakes: string[] = [];
  const bridges = (raw as readonly unknown[]).map((one, index) =>
    readBridge(one, (why) => mistakes.push(`bridge ${index + 1}: ${why}`)),
  );
  const names = bridges.map(({ name }) => name);
  for (const name of new Set(names.filter((one, index) => one !== '' && names.indexOf(one) < index)))
    mistakes.push(`there are two bridges ${name}`);
  return mistakes.length > 0 ? undecodable(mistakes.join('; ')) : decoded(bridges);
}

/** Passwords by bridge, as a secret. */
export function checkBridgePasswords(raw: unknown): Decoded<Readonly<Record<string, string>>> {
  const good = isGroup(raw) && Object.values(raw).every((one) => typeof one === 'string');
  return good
    ? decoded(raw as Readonly<Record<string, string>>)
    : undecodable('passwords are texts by the name of their bridge');
}

type Complain = (why: string) => void;

/** What stands there wrongly is complained of and replaced, so that reading goes on. */
function readBridge(raw: unknown, complain: Complain): BridgeOptions {
  if (!isGroup(raw)) complain('it is a group of settings');
  const given = isGroup(raw) ? raw : {};
  const texts = ['clientId', 'username', 'passwordFile', 'authority', 'certificate', 'key'] as const;
  const known = ['name', 'url', 'protocol', 'sessionExpiry', 'inFlightMax', 'retryMin', 'retryMax', 'rules', ...texts];
  for (const name of Object.keys(given)) {
    if (name === 'password')
      complain('write no password here, but passwordFile, or bridgePasswords in the environment');
    else if (!known.includes(name)) complain(`no such setting: ${name}`);
  }
  const { name = '', url = '', protocol = bridgeDefaults.protocol, inFlightMax = bridgeDefaults.inFlightMax } = given;
  if (typeof name !== 'string' || !isDeviceId(name)) complain('it needs a name like a device id');
  if (typeof url !== 'string' || !isBrokerUrl(url))
    complain('url is mqtt://, mqtts://, ws:// or wss:// and a host, without user and password');
  if (protocol !== '5' && protocol !== '3.1.1') complain('protocol is "5" or "3.1.1"');
  if (!Number.isInteger(inFlightMax) || (inFlightMax as number) < 1 || (inFlightMax as number) > 65_535)
    complain('inFlightMax is a whole number within 1 and 65535');
  const text = (field: (typeof texts)[number]): string => {
    const value = given[field] ?? bridgeDefaults[field];
    if (typeof value === 'string') return value;
    complain(`${field} is text`);
    return '';
  };
  const wait = (field: 'sessionExpiry' | 'retryMin' | 'retryMax'): Duration => {
    const value = given[field];
    const read = value === undefined ? decoded(bridgeDefaults[field]) : parseDuration(String(value));
    if (!read.ok) complain(`${field}: ${read.why}`);
    return read.ok ? read.value : bridgeDefaults[field];
  };
  const { rules = [] } = given;
  if (!Array.isArray(rules) || rules.length === 0) complain('it needs a list of rules');
  const options: BridgeOptions = {
    name: String(name),
    url: String(url),
    protocol: protocol as BridgeOptions['protocol'],
    clientId: text('clientId'),
    username: text('username'),
    passwordFile: text('passwordFile'),
    authority: text('authority'),
    certificate: text('certificate'),
    key: text('key'),
    sessionExpiry: wait('sessionExpiry'),
    inFlightMax: inFlightMax as number,
    retryMin: wait('retryMin'),
    retryMax: wait('retryMax'),
    rules: readRules(Array.isArray(rules) ? (rules as readonly unknown[]) : [], complain),
  };
  if ((options.certificate === '') !== (options.key === '')) complain('certificate and key come together');
  return options;
}

function readRules(raw: readonly unknown[], complain: Complain): readonly BridgeRule[] {
  const rules = raw.flatMap((one, index) => readRule(one, (why) => complain(`rule ${index + 1}: ${why}`)));
  // With one missing the others have other places.
  if (rules.length < raw.length) return rules;
  for (const [index, rule] of rules.entries()) {
    for (const [later, other] of rules.entries()) {
      if (later <= index) continue;
      // Brokers differ in whether such a message comes once or twice.
      if (goes(rule, 'in') && goes(other, 'in') && overlaps(remoteFilter(rule), remoteFilter(other)))
        complain(`rules ${index + 1} and ${later + 1} fetch the same topics`);
      if (goes(rule, 'out') && goes(other, 'out') && overlaps(localFilter(rule), localFilter(other)))
        complain(`rules ${index + 1} and ${later + 1} send the same topics`);
    }
  }
  return rules;
}

function readRule(raw: unknown, complain: Complain): readonly BridgeRule[] {
  if (!isGroup(raw)) {
    complain('it is a group of settings');
    return [];
  }
  const { direction, filter, localPrefix, remotePrefix, qos, readings, ...rest } = { ...ruleDefaults, ...raw } as Raw;
  let isGood = true;
  const check = (good: boolean, why: string): void => {
    if (!good) complain(why);
    isGood &&= good;
  };
  check(Object.keys(rest).length === 0, `no such settings: ${Object.keys(rest).join(', ')}`);
  check(direction === 'in' || direction === 'out' || direction === 'both', 'direction is in, out or both');
  check(qos === 0 || qos === 1 || qos === 2, 'qos is 0, 1 or 2');
  check(readings === 'journal' || readings === 'messages', 'readings is journal or messages');
  const texts = [filter, localPrefix, remotePrefix];
  check(
    texts.every((one) => typeof one === 'string'),
    'filter, localPrefix and remotePrefix are texts',
  );
  if (!isGood) return [];
  const rule = { direction, filter, localPrefix, remotePrefix, qos, readings } as BridgeRule;
  for (const prefix of [rule.localPrefix, rule.remotePrefix])
    check(!/[+#\0]/.test(prefix), `the prefix ${JSON.stringify(prefix)} holds a wildcard`);
  check(isTopicFilter(localFilter(rule)), `${JSON.stringify(localFilter(rule))} here is no topic filter`);
  check(isTopicFilter(remoteFilter(rule)), `${JSON.stringify(remoteFilter(rule))} there is no topic filter`);
  check(!localFilter(rule).startsWith('$'), 'topics that begin with $ are the node’s own');
  check(!/^\$share\//.test(remoteFilter(rule)), 'a shared subscription would give some messages to others');
  return isGood ? [rule] : [];
}

function isBrokerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  return /^(?:mqtts?|wss?):$/.test(protocol) && hostname !== '' && username === '' && password === '';
}

const isGroup = (value: unknown): value is Raw => typeof value === 'object' && value !== null && !Array.isArray(value);
