/** A failure that a person can act on: what happened, and what to do. Made of the API's problem JSON. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly hint: string;

  constructor(fields: { status: number; code: string; title: string; detail: string; hint: string }) {
    super(fields.detail || fields.title);
    this.name = 'Problem';
    this.status = fields.status;
    this.code = fields.code;
    this.title = fields.title;
    this.detail = fields.detail;
    this.hint = fields.hint;
  }

  /** Whether the cloud did not answer at all, or not as itself (a proxy in front of a stopped one). */
  get unreachable(): boolean {
    return this.status === 0 || (this.status >= 502 && this.status <= 504);
  }

  get signedOut(): boolean {
    return this.status === 401;
  }
}

/** The problem of a request that got no answer. */
export function unreachable(): Problem {
  return new Problem({
    status: 0,
    code: 'CLOUD_UNREACHABLE',
    title: 'The cloud does not answer',
    detail: 'The request got no answer.',
    hint: 'Check that it runs: `npx --no-install selvedge doctor`. The console tries again by itself.',
  });
}

/** Reads a refusal (RFC 9457); one that is not problem JSON still gets a title and something to do. */
export function problemOf(status: number, body: unknown): Problem {
  const given = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (name: string): string => (typeof given[name] === 'string' ? given[name] : '');
  return new Problem({
    status,
    code: text('code') || `HTTP_${status}`,
    title: text('title') || titleOf(status),
    detail: text('detail') || `The cloud answered with status ${status}.`,
    hint: text('hint') || hintOf(status),
  });
}

/** Whatever was thrown, as a problem. */
export function asProblem(cause: unknown): Problem {
  if (cause instanceof Problem) return cause;
  return new Problem({
    status: -1,
    code: 'CONSOLE_FAULT',
    title: 'The console made a mistake',
    detail: cause instanceof Error ? cause.message : String(cause),
    hint: 'Load the page again. If it stays, report it with this text.',
  });
}

function titleOf(status: number): string {
  if (status === 401) return 'Not signed in';
  if (status === 404) return 'There is no such thing';
  if (status >= 502 && status <= 504) return 'The cloud does not answer';
  return status >= 500 ? 'The cloud failed' : 'The cloud refused this';
}

function hintOf(status: number): string {
  if (status === 401) return 'Sign in with a link from `npx --no-install selvedge console`.';
  if (status === 404) return 'It may have been renamed; go back to the list.';
  return status >= 500
    ? 'Try again; if it stays, look into the log of the cloud.'
    : 'Correct what was sent, then try again.';
}
