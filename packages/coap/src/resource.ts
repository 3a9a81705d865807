import type { Method } from './codes.ts';
import type { Option } from './message.ts';
import type { MaybePromise, Peer } from './ports.ts';

/** A request as a handler sees it: decoded, unprotected, with its whole body. */
export interface Request {
  readonly method: Method;
  /** The segments of the path: `['sensors', 'pump-7']`. */
  readonly path: readonly string[];
  /** The parts of the query: `['rt=temperature', 'all']`. */
  readonly query: readonly string[];
  readonly payload: Buffer;
  /** Number of its Content-Format; undefined where the request names none. */
  readonly contentFormat: number | undefined;
  /** Number of the one it wants back. */
  readonly accept: number | undefined;
  /** All options, for what has no field here. */
  readonly options: readonly Option[];
  readonly peer: Peer;
  /** The answer is going to be sent to an observer, now or again. */
  readonly observed: boolean;
}

/** What a handler answers. */
export interface Response {
  /** Default: 2.05 for GET and FETCH, 2.02 for DELETE, else 2.04. See `responses`. */
  readonly code?: number;
  /** Text is sent as UTF-8, and is text/plain unless `contentFormat` says otherwise. */
  readonly payload?: string | Uint8Array;
  readonly contentFormat?: number;
  /** 1 to 8 bytes. Made from the content where a response needs one and has none. */
  readonly etag?: Uint8Array;
  /** Seconds it is fresh; without it the reader assumes 60. */
  readonly maxAge?: number;
  readonly locationPath?: readonly string[];
  readonly locationQuery?: readonly string[];
  /** What has no field here. */
  readonly options?: readonly Option[];
}

/** Text or bytes stand for a response of nothing but that payload. */
export type Answer = Response | string | Uint8Array | undefined;

/** What it throws or rejects with is logged, and answered with 5.00. */
export type Handler = (request: Request) => MaybePromise<Answer>;

/** Link attributes of RFC 6690; `true` stands for one without a value. */
export type LinkAttributes = Readonly<Record<string, string | number | true | readonly (string | number)[]>>;

export interface Link {
  /** Without its leading slash. */
  readonly path: string;
  readonly attributes?: LinkAttributes;
}

export interface Resource {
  /** `sensors/pump-7`; a segment `*` stands for any one, `**` as the last for any number. The most exact one wins. */
  readonly path: string;
  readonly get?: Handler;
  readonly post?: Handler;
  readonly put?: Handler;
  readonly delete?: Handler;
  readonly fetch?: Handler;
  readonly patch?: Handler;
  readonly ipatch?: Handler;
  /** Content-Formats of what it gives; another Accept is answered with 4.06. */
  readonly formats?: readonly number[];
  /** Content-Formats of what it takes; another one is answered with 4.15. */
  readonly consumes?: readonly number[];
  /** Largest body it takes, in bytes, within the endpoint's `bodySizeMax`. */
  readonly bodySizeMax?: number;
  /**
   * It can be observed: `Endpoint.changed(path)` sends its representation to the observers. With a function, that is
   * called for each observer and tells changes by `changed`; what it gives is called when the observer has gone.
   */
  readonly observable?: true | ((request: Request, changed: () => void) => () => void);
  /** How notifications leave; `non-confirmable` ones are confirmed now and then. Default: `non-confirmable`. */
  readonly notifications?: 'confirmable' | 'non-confirmable';
  /** Shown in /.well-known/core, with `ct` and `obs` from the above; false: not shown. */
  readonly attributes?: LinkAttributes | false;
  /** Shown there in place of a path with wildcards, which has no link of its own; what this request's peer may see. */
  readonly links?: (request: Request) => Iterable<Link>;
}
