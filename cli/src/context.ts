import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cloudApi } from './adapters/http/cloud.ts';
import { wholeNumber } from './arguments.ts';
import { cliFaults } from './faults.ts';
import { loopbackPort, placeOf } from './place.ts';
import { portsFrom } from './port-table.ts';
import type { CloudApi } from './ports.ts';
import type { Given, Verb, VerbContext, VerbWorld } from './verb.ts';

/** What a verb gets, from what was typed and the environment. Throws CLI_MISUSED. */
export function verbContext(verb: Verb, given: Given, world: VerbWorld): VerbContext {
  const json = given.flag('json');
  const portBase = wholeNumber(given, verb, 'port-base', { min: 1, max: 64_000 });
  const typed = given.text('cloud');
  const urlGiven = typed ?? (portBase === undefined ? world.env['SELVEDGE_CLOUD_URL'] : undefined);
  const url = urlGiven ?? `http://127.0.0.1:${portsFrom(portBase).api}`;
  const place = placeOf(given, world, loopbackPort(url), (typed ?? portBase) !== undefined);
  return {
    ...world,
    ...place,
    given,
    json,
    portBase,
    answer: (value, text) => world.out.write(json ? `${JSON.stringify(value, null, 2)}\n` : text),
    cloud: () => cloudApi({ url, token: given.text('token') ?? tokenOf(world, place.data) }, world),
  };
}

/** The cloud at an address, with the token of the data folder. Throws CLOUD_TOKEN_MISSING. */
export const cloudAt = (url: string, context: VerbContext): CloudApi =>
  cloudApi({ url, token: tokenOf(context, context.data) }, context);

function tokenOf(world: VerbWorld, data: string): string {
  const fromEnv = world.env['SELVEDGE_TOKEN'];
  if (fromEnv) return fromEnv;
  const file = join(data, 'cloud', 'operator.token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw cliFaults('CLOUD_TOKEN_MISSING', `no token was given, and ${file} cannot be read`, { file }, cause);
  }
}
