import { Fault } from '@selvedge/kernel';
import { httpFaults } from './faults.ts';

/** The media type of a problem document. */
export const problemType = 'application/problem+json';

/** A problem as of RFC 9457; other members stand beside these. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** One line: what to do. */
  readonly hint: string;
}

export interface ProblemAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Problem;
  /** Nobody foresaw it. */
  readonly isOurs: boolean;
}

const statuses: Readonly<Record<string, readonly [status: number, title: string]>> = {
  HTTP_INVALID: [400, 'Invalid request'],
  HTTP_UNAUTHORIZED: [401, 'Not let in'],
  HTTP_FORBIDDEN: [403, 'Not permitted'],
  HTTP_FOREIGN_PAGE: [403, 'Foreign page'],
  HTTP_PATH_UNKNOWN: [404, 'Unknown path'],
  HTTP_METHOD_UNKNOWN: [405, 'Unknown method'],
  HTTP_COMMAND_UNKNOWN: [404, 'Unknown command'],
  HTTP_TWIN_UNKNOWN: [404, 'No twin'],
  HTTP_TIMEOUT: [408, 'Too slow'],
  HTTP_KEY_BUSY: [409, 'Under way'],
  HTTP_BODY_TOO_LARGE: [413, 'Too large'],
  HTTP_PAYLOAD_TOO_LARGE: [413, 'Too large'],
  HTTP_MEDIA_UNKNOWN: [415, 'Unknown media type'],
  HTTP_CODING_UNKNOWN: [415, 'Unknown content coding'],
  HTTP_UNFIT: [422, 'Quarantined'],
  INTAKE_KEY_REUSED: [422, 'Key used before'],
  HTTP_HEAD_TOO_LARGE: [431, 'Head too large'],
  HTTP_LIMITED: [429, 'Too many attempts'],
  HTTP_BROKEN: [500, 'Internal failure'],
};

/** Seconds to wait where nobody knows better: a disk that failed is probed every second. */
const retryAfter = 2;

/**
 * Tells a failure to a client. A fault tells itself, its fact `status` before the table; anything else is a mistake of
 * ours, of which the client learns nothing but that it happened.
 */
export function problemOf(cause: unknown, more: Readonly<Record<string, unknown>> = {}): ProblemAnswer {
  const fault = cause instanceof Fault ? cause : httpFaults('HTTP_BROKEN', 'the request could not be answered');
  const given = fault.facts['status'];
  const [status, title] = typeof given === 'number' ? [given, 'Not done'] : (statuses[fault.code] ?? unforeseen(fault));
  const { code, hint, message: detail } = fault;
  const seconds = fault.facts['retryAfterSeconds'];
  const wait = [409, 429, 503].includes(status);
  return {
    status,
    headers: {
      ...(wait ? { 'retry-after': String(typeof seconds === 'number' ? seconds : retryAfter) } : {}),
      ...(status === 401 ? { 'www-authenticate': 'Bearer realm="selvedge", Basic realm="selvedge"' } : {}),
      // RFC 9110 section 12.5.3: it tells which codings would have been understood.
      ...(code === 'HTTP_CODING_UNKNOWN' ? { 'accept-encoding': 'gzip, zstd' } : {}),
      ...(typeof fault.facts['allow'] === 'string' ? { allow: fault.facts['allow'] } : {}),
    },
    body: { ...more, type: `urn:selvedge:fault:${code}`, title, status, detail, code, hint },
    isOurs: status === 500,
  };
}

/** The journal's faults pass, also the one of a node that is about to stop. */
const unforeseen = ({ code, retry }: Fault): readonly [status: number, title: string] =>
  retry !== 'never' || code.startsWith('JOURNAL_') ? [503, 'Not now'] : [500, 'Internal failure'];
