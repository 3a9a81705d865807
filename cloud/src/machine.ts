import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Service, service, stack } from '@selvedge/kernel';
import { type Authority, createAuthority, openAuthority } from '@selvedge/trust';
import { type KeyFiles, keyFiles } from '@selvedge/trust/files';
import { apiServer } from './adapters/http/server.ts';
import { linkServer } from './adapters/link/server.ts';
import { sqliteStore } from './adapters/sql/index.ts';
import { type CloudConfig, commaList, software } from './config.ts';
import { type Plane, plane, type Rooms } from './plane.ts';
import type { Access, CloudWorld } from './ports.ts';

/** Where a started cloud can be reached, and by what. */
export interface Reach {
  /** Address of API and console. */
  readonly api: string;
  /** Address of the link, for edge nodes. */
  readonly link: string;
  /** SHA-256 of the authority's certificate, hexadecimal. */
  readonly fingerprint: string;
  readonly operatorToken: string;
  /** Signs one browser in, once and soon. */
  readonly signInUrl: string;
}

/** The cloud on a real machine. */
export interface CloudMachine extends Service {
  readonly plane: Plane;
  /** Known once it has started. */
  readonly reach: Reach;
}

/** The operator's token stands in this file of the data folder, for the command-line client on this machine. */
export const tokenFile = 'operator.token';
const authorityFile = 'authority.pem';
const operator = 'operator';

/**
 * Joins a plane to this machine's disk and sockets. Start throws PORT_TAKEN, PORT_REFUSED and the faults of store and
 * trust. A simulation takes the place of this file alone.
 */
export function cloudMachine(config: CloudConfig, world: CloudWorld): CloudMachine {
  const files = keyFiles(config.data);
  let reach: Reach | undefined;
  const joined = plane(config, world, {
    store: (feed) => sqliteStore({ path: join(config.data, 'cloud.sqlite'), worker: true }, { ...world, feed }),
    doors: (rooms) =>
      doors(config, world, rooms, files, (found) => {
        reach = found;
      }),
  });
  const folder = service({
    start: async () => void (await mkdir(config.data, { recursive: true, mode: 0o700 })),
    stop: () => undefined,
  });
  return {
    ...stack(folder, joined),
    plane: joined,
    get reach() {
      if (!reach) throw new Error('the cloud has not started');
      return reach;
    },
  };
}

function doors(
  config: CloudConfig,
  world: CloudWorld,
  rooms: Rooms,
  files: KeyFiles,
  found: (reach: Reach) => void,
): Service {
  const { api, link, consoleDir } = config;
  const { store, links } = rooms;
  let servers: Service | undefined;
  return service({
    async start(signal) {
      const authority = await authorityIn(files, config, world);
      const { fingerprint } = authority;
      const linkDoor = linkServer(
        { host: link.host, port: link.port, names: namesOf(link) },
        { ...world, ...rooms, authority, access: store.access, attempts: rooms.enrolments },
      );
      const apiDoor = apiServer(
        {
          ...api,
          origins: commaList(api.origins),
          consoleDir: consoleDir === '' ? '' : resolve(consoleDir),
          enrolmentLife: config.enrolment.life,
          signInLife: config.signIn.life,
        },
        { ...world, ...rooms, links, fingerprint, attempts: rooms.signIns, software },
      );
      servers = stack(linkDoor, apiDoor);
      await servers.start(signal);
      const operatorToken = await tokenIn(files, store.access);
      const code = await store.access.issueSignIn(operator, world.clock.wall() + config.signIn.life);
      const address = `http://${reachable(api.host)}:${apiDoor.port}`;
      found({
        api: address,
        link: `wss://${reachable(link.host)}:${linkDoor.port}/link`,
        fingerprint,
        operatorToken,
        signInUrl: `${address}/signin?code=${code}`,
      });
    },
    stop: async () => servers?.stop(),
  });
}

/** The authority that was saved, or a new one. Certificate and key are one file, so that there are both or neither. */
async function authorityIn(files: KeyFiles, { link }: CloudConfig, world: CloudWorld): Promise<Authority> {
  const saved = await files.read(authorityFile);
  if (saved !== undefined) {
    const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n?/.exec(saved)?.[0] ?? '';
    return openAuthority({ certificate, key: saved.slice(certificate.length) }, world);
  }
  const created = await createAuthority({ name: 'Selvedge', names: namesOf(link) }, world);
  const { certificate, key } = await created.export();
  await files.write(authorityFile, certificate + key);
  world.log.info('authority.created', { fingerprint: created.fingerprint });
  return created;
}

/** The token in the operator's file; a new one when there is none, or when the store does not know it any more. */
async function tokenIn(files: KeyFiles, access: Access): Promise<string> {
  const saved = (await files.read(tokenFile))?.trim();
  if (saved && (await access.operatorOf(saved))) return saved;
  const token = await access.issueToken(operator);
  await files.write(tokenFile, `${token}\n`);
  return token;
}

/** Every name by which a node may come to this cloud. */
const namesOf = ({ host, names }: CloudConfig['link']): readonly string[] => [
  ...new Set(['localhost', '127.0.0.1', '::1', ...(isWildcard(host) ? [] : [host]), ...commaList(names)]),
];

const isWildcard = (host: string): boolean => host === '' || host === '0.0.0.0' || host === '::';

/** How a browser on this machine writes a host that a server listens on. */
function reachable(host: string): string {
  if (isWildcard(host)) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}
