import { X509Certificate } from 'node:crypto';
import { access, constants, mkdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { connect } from 'node:tls';
import type { CertificateFact, DiskFact } from '../../engines/doctor/checks.ts';

/** Whether somebody could listen there now. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });

/** The disk of the data folder. A folder that is not there yet is judged by the one it would be made in. */
export async function diskOf(data: string): Promise<DiskFact> {
  let dir = data;
  while (!(await exists(dir)) && dirname(dir) !== dir) dir = dirname(dir);
  const { bavail, blocks, bsize } = await statfs(dir);
  return { dir: data, writable: await isWritable(dir), freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** The certificate of a file; undefined when there is none. */
export async function certificateOf(name: string, file: string): Promise<CertificateFact | undefined> {
  try {
    return factOf(name, new X509Certificate(await readFile(file)));
  } catch {
    return undefined;
  }
}

/** Milliseconds for a handshake on this machine. */
const handshakeMax = 3_000;

/** The certificate that a TLS port shows; it is looked at, not trusted. */
export const certificateAt = (name: string, host: string, port: number): Promise<CertificateFact | undefined> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: handshakeMax });
    const end = (found?: CertificateFact): void => {
      socket.destroy();
      resolve(found);
    };
    socket.on('secureConnect', () => {
      const shown = socket.getPeerX509Certificate();
      end(shown && factOf(name, shown));
    });
    socket.on('error', () => end());
    socket.on('timeout', () => end());
  });

const factOf = (name: string, certificate: X509Certificate): CertificateFact => ({
  name,
  validFrom: Date.parse(certificate.validFrom),
  validTo: Date.parse(certificate.validTo),
});

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function isWritable(dir: string): Promise<boolean> {
  const trial = join(dir, `.selvedge-${process.pid}`);
  try {
    await access(dir, constants.W_OK);
    await mkdir(trial);
    await writeFile(join(trial, 'trial'), 'x');
    return true;
  } catch {
    return false;
  } finally {
    await rm(trial, { recursive: true, force: true });
  }
}
