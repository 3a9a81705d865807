import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Clock, Log } from '@selvedge/kernel';
import { type Authority, decodeEnrolmentToken, readNodeRequest } from '@selvedge/trust';
import { cloudFaults } from '../../faults.ts';
import type { CloudMetrics } from '../../metrics.ts';
import type { Access, Attempts } from '../../ports.ts';

export interface EnrolWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: CloudMetrics;
  readonly authority: Authority;
  readonly access: Pick<Access, 'useEnrolment'>;
  readonly attempts: Attempts;
}

/** All PEM. */
export interface Enrolled {
  readonly certificate: string;
  /** For the node's own doors, where the request named them. */
  readonly door?: string;
  readonly ca: string;
}

/** Bytes; a token and a request for a P-256 key need about 700. */
const bodyMax = 16_384;

/**
 * Turns a one-time token and a certificate request into a node's certificate. The request is checked before the token is
 * used up, so that a mistake does not cost it; once used, it is good for the same key alone. Throws ENROL_INVALID,
 * ENROL_REFUSED or ENROL_LIMITED, and TRUST_NAME_FORBIDDEN for a door whose name the authority may not certify.
 */
export async function enrol(request: IncomingMessage, world: EnrolWorld): Promise<Enrolled> {
  const { clock, log, metrics, authority, access, attempts } = world;
  const address = request.socket.remoteAddress ?? '';
  const wait = attempts.wait(address, clock.ticks());
  if (wait > 0) throw limited(wait);
  const refuse = (message: string): Error => {
    attempts.failed(address, clock.ticks());
    metrics.enrolments.add(1, 'refused');
    log.warn('node.enrolment_refused', { address, message });
    return cloudFaults('ENROL_REFUSED', message);
  };
  const { token, csr, names } = readBody(await bodyOf(request));
  const read = decodeEnrolmentToken(token);
  if (!read.ok) throw cloudFaults('ENROL_INVALID', read.why);
  const asked = await readNodeRequest(csr);
  if (!asked.ok) throw cloudFaults('ENROL_INVALID', `the certificate request cannot be used: ${asked.why}`);
  if (read.value.fingerprint !== authority.fingerprint) throw refuse('the token is for another authority');
  // A node whose answer was lost has its key, and comes again with it.
  const key = hash('sha256', new Uint8Array(asked.value.publicKey.rawData), 'buffer');
  const node = await access.useEnrolment(read.value.secret, key, clock.wall());
  if (node === undefined) throw refuse('the token is unknown, was used for another key, or is too old');
  const certificate = await authority.signNode(asked.value, node);
  const door = names.length === 0 ? {} : { door: await authority.signDoor(asked.value, { names }) };
  metrics.enrolments.add(1, 'enrolled');
  log.info('node.enrolled', { node, address });
  return { certificate, ...door, ca: authority.certificate };
}

const limited = (wait: number): Error =>
  cloudFaults('ENROL_LIMITED', 'too many failed enrolments from this address', {
    retryAfterSeconds: Math.ceil(wait / 1_000),
  });

/** Names that one node's doors may have. */
const namesMax = 16;

function readBody(text: string): { token: string; csr: string; names: readonly string[] } {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw cloudFaults('ENROL_INVALID', 'the body is not JSON');
  }
  const { token, csr, names = [] } = (typeof raw === 'object' && raw !== null ? raw : {}) as Record<string, unknown>;
  const mistakes = [
    ...(typeof token === 'string' ? [] : ['token: is not text']),
    ...(typeof csr === 'string' ? [] : ['csr: is not text']),
    ...(isNames(names) ? [] : [`names: is not a list of at most ${namesMax} texts`]),
  ];
  if (typeof token === 'string' && typeof csr === 'string' && isNames(names)) return { token, csr, names };
  throw cloudFaults('ENROL_INVALID', 'the body is not {"token":…,"csr":…}', { mistakes });
}

const isNames = (raw: unknown): raw is readonly string[] =>
  Array.isArray(raw) && raw.length <= namesMax && raw.every((name) => typeof name === 'string');

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyMax) throw cloudFaults('ENROL_INVALID', `the body has more than ${bodyMax} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
