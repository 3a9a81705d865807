import { edgeAt, edgeOptions } from '../edge-at.ts';
import type { CredentialsView } from '../edge-views.ts';
import { credentialJson } from '../shapes/credential.ts';
import { table } from '../text/columns.ts';
import { sayTime } from '../text/say.ts';
import type { Verb } from '../verb.ts';

export const credentialList: Verb = {
  path: ['credential', 'list'],
  summary: 'List the credentials of an edge node, without their secrets, and who is barred.',
  arguments: [],
  options: edgeOptions,
  examples: ['selvedge credential list'],
  talks: false,
  async run(context) {
    const { credentials, bars } = await edgeAt(context).get<CredentialsView>('/v1/credentials');
    const rows = credentials.map(({ id, kind, holder, name, createdAt }) => [
      id,
      kind,
      holder,
      name,
      sayTime(createdAt),
    ]);
    const barred = bars.map(({ holder, name, at, lifted }) => [
      holder,
      name,
      lifted ? 'readmitted; certificates from before it are void' : 'barred',
      sayTime(at),
    ]);
    context.answer(
      {
        credentials: credentials.map(credentialJson),
        bars: bars.map(({ holder, name, at, lifted }) => ({ holder, name, lifted, at_ms: at })),
      },
      table(['id', 'kind', 'holder', 'name', 'since'], rows, 'There are no credentials.') +
        (barred.length === 0 ? '' : `\n${table(['holder', 'name', 'state', 'barred'], barred, '')}`),
    );
    return undefined;
  },
};
