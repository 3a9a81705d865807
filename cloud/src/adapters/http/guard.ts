import type { IncomingHttpHeaders } from 'node:http';
import { cloudFaults } from '../../faults.ts';
import type { Access, Operator } from '../../ports.ts';
import { tokenInCookie } from './cookie.ts';

/** The parts of a request by which we know who asks. */
export interface Asking {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

/** Says who asks, for requests and for the feed's upgrade. */
export interface Guard {
  /** Throws API_UNAUTHORIZED or API_ORIGIN_FOREIGN. */
  admit(asking: Asking): Promise<{ readonly operator: Operator; readonly token: string }>;
  /** Throws API_ORIGIN_FOREIGN when a page of another origin asks. */
  checkOrigin(asking: Asking): void;
}

/**
 * A token in `Authorization` counts by itself, because no page can make a browser send one. The cookie goes along by
 * itself, so a write or a WebSocket with it must come from a page of ours, which its `Origin` says.
 */
export function guard(access: Pick<Access, 'operatorOf'>, origins: readonly string[]): Guard {
  const isOurs = (origin: string, headers: IncomingHttpHeaders): boolean =>
    origins.includes(origin) || hostOf(origin) === headers.host;
  return {
    async admit(asking) {
      const { authorization, cookie, origin, upgrade } = asking.headers;
      const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
      const token = bearer ?? tokenInCookie(cookie);
      const operator = token === undefined ? undefined : await access.operatorOf(token);
      if (token === undefined || !operator)
        throw cloudFaults(
          'API_UNAUTHORIZED',
          token === undefined ? 'no token came with the request' : 'the token is not good',
        );
      const isRead = (asking.method === 'GET' || asking.method === 'HEAD') && upgrade === undefined;
      if (bearer === undefined && !isRead && (origin === undefined || !isOurs(origin, asking.headers)))
        throw cloudFaults(
          'API_ORIGIN_FOREIGN',
          `a page of ${origin ?? 'an unnamed origin'} may not do this with the cookie`,
        );
      return { operator, token };
    },
    checkOrigin({ headers }) {
      if (headers.origin !== undefined && !isOurs(headers.origin, headers))
        throw cloudFaults('API_ORIGIN_FOREIGN', `a page of ${headers.origin} may not sign in here`);
    },
  };
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
