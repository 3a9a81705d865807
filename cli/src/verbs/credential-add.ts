import { readFileSync } from 'node:fs';
import { misused } from '../arguments.ts';
import { edgeAt, edgeOptions } from '../edge-at.ts';
import type { CredentialView } from '../edge-views.ts';
import { credentialJson } from '../shapes/credential.ts';
import type { Verb } from '../verb.ts';

export const credentialAdd: Verb = {
  path: ['credential', 'add'],
  summary: 'Issue a token or a password for the doors of an edge node; its secret is shown this once.',
  arguments: [
    { name: 'HOLDER', doc: 'Whose it is.', choices: ['device', 'application', 'operator'] },
    { name: 'NAME', doc: 'The device id, or the name of the application or operator.' },
  ],
  options: {
    kind: { kind: 'text', value: 'KIND', doc: 'token or password; default token.' },
    'password-file': { kind: 'text', value: 'FILE', doc: 'Take this password instead of a drawn one; - is stdin.' },
    ...edgeOptions,
  },
  examples: ['selvedge credential add device pump-7', 'selvedge credential add application dashboard --kind password'],
  talks: false,
  async run(context) {
    const { given, answer } = context;
    const [holder, name] = [given.argument('HOLDER')!, given.argument('NAME')!];
    const file = given.text('password-file');
    const kind = given.text('kind') ?? (file === undefined ? 'token' : 'password');
    if (kind !== 'token' && kind !== 'password')
      throw misused(credentialAdd, `--kind is "${kind}", not token or password`);
    if (kind === 'token' && file !== undefined)
      throw misused(credentialAdd, 'a token is drawn, so it has no --password-file');
    const password = file === undefined ? {} : { password: passwordIn(file) };
    const issued = await edgeAt(context).post<CredentialView & { readonly secret?: string }>('/v1/credentials', {
      kind,
      holder,
      name,
      ...password,
    });
    const { secret } = issued;
    const told = secret === undefined ? '' : `\n${secret}\n\nIt is not shown again. ${usage(kind, name)}\n`;
    answer(
      { ...credentialJson(issued), ...(secret === undefined ? {} : { secret }) },
      `The ${kind} ${issued.id} of ${holder} ${name} counts from now on.\n${told}`,
    );
    return undefined;
  },
};

const usage = (kind: string, name: string): string =>
  kind === 'token'
    ? 'MQTT: as password, with any user name; HTTP: `Authorization: Bearer TOKEN`.'
    : `MQTT and HTTP Basic: with the user name ${name}.`;

function passwordIn(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw misused(credentialAdd, `${file} cannot be read: ${(cause as Error).message}`);
  }
}
