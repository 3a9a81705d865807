import { X509Certificate } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { systemDisk } from '@selvedge/journal/disk';
import { edgeFaults } from '../../faults.ts';
import type { Identity } from '../../ports.ts';

export interface IdentityOptions {
  /** Folder of `key.pem`, `certificate.pem`, `door.pem` and `authority.pem`. */
  readonly dir: string;
  readonly node: string;
  /** WebSocket address of the link; the enrolment is beside it. */
  readonly url: string;
  /** Names and addresses by which clients reach the node's doors. */
  readonly names: readonly string[];
  /** One-time token; empty when the node is enrolled already. */
  readonly token: string;
}

/**
 * The node's key and certificate, enrolled at first use: the key is drawn here and never leaves. The cloud is believed
 * only if its authority has the fingerprint that the token names. Whoever comes while it is enrolled waits for that.
 */
export function identity(options: IdentityOptions): () => Promise<Identity> {
  let known: Promise<Identity> | undefined;
  return () => {
    known ??= (async () => (await load(options.dir)) ?? enrol(options))().catch((cause: unknown) => {
      known = undefined;
      throw cause;
    });
    return known;
  };
}

async function load(dir: string): Promise<Identity | undefined> {
  const names = ['key.pem', 'certificate.pem', 'door.pem', 'authority.pem'];
  const [key, certificate, door, authority] = await Promise.all(names.map((name) => textOf(join(dir, name))));
  const isWhole = key !== undefined && certificate !== undefined && door !== undefined && authority !== undefined;
  return isWhole ? { key, certificate, door, authority } : undefined;
}

/** Undefined where there is no such file. */
async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

async function enrol({ dir, node, names, url, token }: IdentityOptions): Promise<Identity> {
  if (token === '')
    throw edgeFaults('EDGE_NOT_ENROLLED', `node ${node} has no certificate in ${dir} and no token`, { node });
  // Certificate code is needed once in a node's life; loading it at every start would cost memory for good.
  const { createNodeRequest, decodeEnrolmentToken } = await import('@selvedge/trust');
  const known = decodeEnrolmentToken(token);
  if (!known.ok) throw edgeFaults('EDGE_ENROLMENT_REFUSED', known.why);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const drawn = await textOf(join(dir, 'key.pem'));
  const { key, request: csr } = await createNodeRequest(node, drawn).catch((cause: unknown) => {
    throw edgeFaults('EDGE_KEY_UNREADABLE', `${join(dir, 'key.pem')}: ${(cause as Error).message}`, { node }, cause);
  });
  // The token is good for one key: this one must be there still when the answer is lost, or the power goes. [LNK-55]
  if (drawn === undefined) await keep(dir, 'key.pem', key);
  const enrolment = new URL('/enrol', url.replace(/^ws/, 'http'));
  const authority = await fetchAuthority(enrolment, known.value.fingerprint);
  const answer = await askForCertificate(enrolment, authority, { token, csr, names });
  await keep(dir, 'authority.pem', authority);
  await keep(dir, 'door.pem', answer.door);
  // Last, because a folder that has it counts as enrolled.
  await keep(dir, 'certificate.pem', answer.certificate);
  return { key, certificate: answer.certificate, door: answer.door, authority };
}

async function keep(dir: string, name: string, text: string): Promise<void> {
  // A power cut must find whole files, or none.
  await writeFile(join(dir, `${name}.new`), text, { mode: 0o600, flush: true });
  await rename(join(dir, `${name}.new`), join(dir, name));
  await systemDisk.syncDir(dir);
}

interface Enrolled {
  readonly certificate: string;
  readonly door: string;
}

const answerMax = 65_536;
const waitMax = 10_000;

const unreachable = (url: URL, cause: Error): Error =>
  edgeFaults('LINK_UNREACHABLE', `${url.host}: ${cause.message}`, { url: url.href }, cause);

/** The authority that the cloud shows, if it is the one the token names. Nothing secret is sent on this connection. */
function fetchAuthority(url: URL, fingerprint: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: url.hostname,
      port: Number(url.port || 443),
      rejectUnauthorized: false,
      timeout: waitMax,
    });
    socket.on('error', (cause) => reject(unreachable(url, cause)));
    socket.on('timeout', () => socket.destroy(new Error(`no answer within ${waitMax} ms`)));
    socket.once('secureConnect', () => {
      const root = rootOf(socket.getPeerCertificate(true));
      socket.end();
      const shown = root.fingerprint256.replaceAll(':', '').toLowerCase();
      if (shown === fingerprint) return resolve(new X509Certificate(root.raw).toString());
      reject(
        edgeFaults(
          'EDGE_ENROLMENT_REFUSED',
          `${url.host} shows an authority ${shown.slice(0, 16)}…, the token names ${fingerprint.slice(0, 16)}…`,
        ),
      );
    });
  });
}

function rootOf(peer: DetailedPeerCertificate): DetailedPeerCertificate {
  let at = peer;
  while (at.issuerCertificate && at.issuerCertificate !== at) at = at.issuerCertificate;
  return at;
}

/** Sends token and request; TLS checks the cloud's certificate against the authority in full. */
function askForCertificate(
  url: URL,
  ca: string,
  body: { token: string; csr: string; names: readonly string[] },
): Promise<Enrolled> {
  return new Promise((resolve, reject) => {
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
    const ask = request(url, { method: 'POST', ca, agent: false, timeout: waitMax, headers });
    ask.on('error', (cause) => reject(unreachable(url, cause)));
    ask.on('timeout', () => ask.destroy(new Error(`no answer within ${waitMax} ms`)));
    ask.on('response', (response) => {
      let answer = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        answer += part;
        if (answer.length > answerMax) ask.destroy(new Error(`an answer of more than ${answerMax} bytes`));
      });
      response.on('end', () => {
        if (response.statusCode === 200 || response.statusCode === 201) resolve(JSON.parse(answer) as Enrolled);
        else
          reject(
            edgeFaults('EDGE_ENROLMENT_REFUSED', `the cloud answered ${response.statusCode}: ${answer.slice(0, 200)}`, {
              status: response.statusCode,
            }),
          );
      });
    });
    ask.end(text);
  });
}
