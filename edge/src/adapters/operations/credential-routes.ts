import { isDeviceId } from '@selvedge/protocol';
import { type HolderKind, holderKinds } from '../../engines/access/book.ts';
import type { CredentialDesk } from '../../engines/access/desk.ts';
import type { Route, RouteRequest } from '../../ports.ts';
import { absent, invalid, textOf } from './asked.ts';

/** Issues, lists and revokes credentials over HTTP. A secret is told once, by the answer that issued it. */
export function credentialRoutes(desk: CredentialDesk): readonly Route[] {
  return [
    { method: 'GET', path: '/v1/credentials', for: 'operator', handle: () => ({ status: 200, body: desk.list() }) },
    {
      method: 'POST',
      path: '/v1/credentials',
      for: 'operator',
      async handle({ body }) {
        const kind = textOf(body, 'kind');
        if (kind !== 'password' && kind !== 'token') throw invalid('kind is neither password nor token');
        const password = textOf(body, 'password');
        if (password !== undefined && kind === 'token') throw invalid('a token is drawn, not chosen');
        const wish = {
          kind,
          holder: holderOf(textOf(body, 'holder')),
          name: nameOf(textOf(body, 'name')),
          password,
        } as const;
        const { credential, secret } = await desk.add(wish);
        // A password that was given is known to whoever gave it.
        return { status: 201, body: { ...credential, ...(password === undefined ? { secret } : {}) } };
      },
    },
    {
      method: 'DELETE',
      path: '/v1/credentials/{id}',
      for: 'operator',
      async handle({ parameters: { id = '' } }) {
        await desk.revoke(id);
        return { status: 204 };
      },
    },
    {
      method: 'DELETE',
      path: '/v1/credentials/{holder}/{name}',
      for: 'operator',
      async handle(request) {
        await desk.bar(...holderAndName(request));
        return { status: 204 };
      },
    },
    {
      method: 'POST',
      path: '/v1/credentials/{holder}/{name}/readmission',
      for: 'operator',
      async handle(request) {
        const [holder, name] = holderAndName(request);
        if (!desk.list().bars.some((bar) => bar.holder === holder && bar.name === name))
          throw absent(`${holder} ${name} is not barred`);
        await desk.readmit(holder, name);
        return { status: 204 };
      },
    },
  ];
}

const holderAndName = ({ parameters }: RouteRequest): [holder: HolderKind, name: string] => [
  holderOf(parameters['holder']),
  nameOf(parameters['name']),
];

function holderOf(text: string | undefined): HolderKind {
  const holder = holderKinds.find((one) => one === text);
  if (!holder) throw invalid(`the holder is none of ${holderKinds.join(', ')}`);
  return holder;
}

function nameOf(text: string | undefined): string {
  if (text === undefined || !isDeviceId(text)) throw invalid('the name is missing, or not like a device id');
  return text;
}
