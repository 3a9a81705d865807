import { Broken, reasonOf } from '../target.ts';

/** A strict reader of HTTP/1.1 responses that says which of them may not be. */
export interface Ear {
  hear(chunk: Buffer): void;
  /** In order; without interim ones. */
  readonly statuses: number[];
  /** The first refusal: its status, its code, and what has refused it. */
  readonly refusal: string | undefined;
  readonly broken: Broken | undefined;
}

const statusesMax = 60;

export function ear(): Ear {
  let unread: Buffer = Buffer.alloc(0);
  let broken: Broken | undefined;
  let refusal: string | undefined;
  let isStreaming = false;
  const statuses: number[] = [];

  const judge = (status: number, headers: ReadonlyMap<string, string>, body: Buffer | undefined): void => {
    if (statuses.length < statusesMax) statuses.push(status);
    if (status === 500) throw new Broken('promise', `a request is answered 500: ${body?.toString().slice(0, 200)}`);
    if (status < 400) return;
    // HEAD is not told the problem.
    if (body === undefined) return void (refusal ??= String(status));
    if (headers.get('content-type') !== 'application/problem+json')
      throw new Error(`a ${status} is no problem document`);
    const problem = JSON.parse(body.toString()) as Record<string, unknown>;
    const { status: told, code, detail } = problem;
    if (told !== status || typeof code !== 'string' || typeof detail !== 'string')
      throw new Error(`a ${status} says that it is ${String(told)}`);
    refusal ??= `${status} ${code} ${whyOf(problem)}`.trimEnd();
  };

  /** Takes one response off the beginning; false if it has not all come. */
  const takeOne = (): boolean => {
    const end = unread.indexOf('\r\n\r\n');
    if (end < 0) return false;
    const [line = '', ...rows] = unread.toString('latin1', 0, end).split('\r\n');
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(line)?.[1] ?? Number.NaN);
    if (Number.isNaN(status)) throw new Error(`a response begins with ${JSON.stringify(line.slice(0, 60))}`);
    const headers = new Map(
      rows.map((row) => [row.slice(0, row.indexOf(':')).toLowerCase(), row.slice(row.indexOf(':') + 2)]),
    );
    const after = unread.subarray(end + 4);
    if (status < 200) {
      unread = after;
      return true;
    }
    if (headers.get('content-type') === 'text/event-stream') {
      isStreaming = true;
      judge(status, headers, undefined);
      return false;
    }
    const length = Number(headers.get('content-length') ?? 0);
    // What answers HEAD has a length and no body.
    const isBare = length > 0 && after.subarray(0, 5).toString() === 'HTTP/';
    if (!isBare && after.length < length) return false;
    judge(status, headers, isBare ? undefined : after.subarray(0, length));
    unread = after.subarray(isBare ? 0 : length);
    return true;
  };

  return {
    hear(chunk) {
      if (broken || isStreaming) return;
      unread = Buffer.concat([unread, chunk]);
      try {
        while (unread.length > 0 && takeOne());
      } catch (cause) {
        broken =
          cause instanceof Broken
            ? cause
            : new Broken('promise', `what the door says is wrong: ${(cause as Error).message}`, { cause });
      }
    },
    statuses,
    get refusal() {
      return refusal;
    },
    get broken() {
      return broken;
    },
  };
}

/** Which check has refused it, as far as its code does not tell; without anything that the client has said. */
function whyOf({ code, detail, reason }: Readonly<Record<string, unknown>>): string {
  if (code === 'HTTP_UNFIT') return String(reason);
  return code === 'HTTP_INVALID' ? reasonOf(String(detail).replaceAll(/=\S*/g, '=…')) : '';
}
