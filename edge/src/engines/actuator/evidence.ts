import type { Buffer } from 'node:buffer';
import { isFault } from '@selvedge/kernel';
import type { ActuatorAnswer } from '../../ports.ts';

/** What is kept of what an actuator said. */
const payloadMax = 1_024;

/** How a command for an actuator ended, as its result tells. */
export interface Evidence {
  readonly state: 'done' | 'failed';
  readonly outcome: 'done' | 'refused' | 'unanswered' | 'failed';
  readonly result: Readonly<Record<string, unknown>>;
}

/** An answer is the evidence; 2.xx alone means that it was done. */
export function evidenceOf(url: string, { ok, code, payload }: ActuatorAnswer): Evidence {
  return {
    state: ok ? 'done' : 'failed',
    outcome: ok ? 'done' : 'refused',
    result: { coap: url, code, ...(payload.length === 0 ? {} : { payload: shown(payload) }) },
  };
}

/** Faults after which the actuator may have acted all the same. */
const doubtful = new Set(['COAP_TIMEOUT', 'COAP_CLOSED', 'COAP_RESPONSE_INVALID', 'COAP_RESPONSE_TOO_LARGE']);

/** No answer came, or none that can be read. */
export function evidenceOfFailure(url: string, cause: unknown): Evidence {
  const code = isFault(cause) ? cause.code : undefined;
  const why = cause instanceof Error ? cause.message : String(cause);
  const isUnknown = code === undefined || doubtful.has(code);
  return {
    state: 'failed',
    outcome: isUnknown ? 'unanswered' : 'failed',
    result: {
      coap: url,
      failure: code ?? 'unforeseen',
      why: why.slice(0, payloadMax),
      ...(isUnknown ? { outcome: 'unknown' } : {}),
    },
  };
}

/** JSON as it is, other text as text; what is neither in base64. */
function shown(payload: Buffer): unknown {
  const part = payload.subarray(0, payloadMax);
  const text = part.toString('utf8');
  if (text.includes('\ufffd')) return { base64: part.toString('base64') };
  if (payload.length > payloadMax) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
