import { isFault } from '@selvedge/kernel';
import { misused } from '../arguments.ts';
import { edgeAt, edgeOptions } from '../edge-at.ts';
import type { ExitCode } from '../exit.ts';
import { exitCodes } from '../exit.ts';
import type { Verb, VerbContext } from '../verb.ts';

const holders = ['device', 'application', 'operator'] as const;

export const credentialRevoke: Verb = {
  path: ['credential', 'revoke'],
  summary:
    'Make one credential void, or all of a holder: connections close at once, sessions and retained messages go.',
  arguments: [{ name: 'ID', doc: 'The credential, as `credential list` shows it.', optional: true }],
  options: {
    device: { kind: 'text', value: 'NAME', doc: 'Everything of this device, its certificates too.' },
    application: { kind: 'text', value: 'NAME', doc: 'Everything of this application.' },
    operator: { kind: 'text', value: 'NAME', doc: 'Everything of this operator.' },
    yes: { kind: 'flag', doc: 'Do it; without this, what would go is told and nothing is done.' },
    ...edgeOptions,
  },
  examples: ['selvedge credential revoke 4f0c2a91b7de', 'selvedge credential revoke --device pump-7 --yes'],
  talks: false,
  async run(context) {
    const id = context.given.argument('ID');
    const named = holders.flatMap((holder) => {
      const name = context.given.text(holder);
      return name === undefined ? [] : [{ holder, name }];
    });
    if (named.length + (id === undefined ? 0 : 1) !== 1)
      throw misused(credentialRevoke, 'give either ID, or one of --device, --application and --operator');
    return id === undefined ? revokeHolder(context, named[0]!) : revokeOne(context, id);
  },
};

async function revokeOne(context: VerbContext, id: string): Promise<ExitCode | undefined> {
  let revoked = true;
  try {
    await edgeAt(context).remove(`/v1/credentials/${encodeURIComponent(id)}`);
  } catch (cause) {
    if (!isFault(cause, 'CREDENTIAL_UNKNOWN')) throw cause;
    revoked = false;
  }
  context.answer({ id, revoked }, `Credential ${id} ${revoked ? 'is revoked' : 'is already gone, or never was'}.\n`);
  return undefined;
}

async function revokeHolder(
  context: VerbContext,
  { holder, name }: { readonly holder: string; readonly name: string },
): Promise<ExitCode | undefined> {
  if (!context.given.flag('yes')) {
    context.answer(
      { holder, name, revoked: false },
      `This would end everything of ${holder} ${name}: its credentials and certificates, its connections, its sessions\nwith what they have queued, and the messages it has retained. Do it: --yes\n`,
    );
    return exitCodes.misused;
  }
  await edgeAt(context).remove(`/v1/credentials/${holder}/${encodeURIComponent(name)}`);
  context.answer({ holder, name, revoked: true }, `Everything of ${holder} ${name} is revoked.\n`);
  return undefined;
}
