import { createHash, timingSafeEqual } from 'node:crypto';
import type { Access } from './ports.ts';
import { reason } from './reason.ts';

export interface SimpleAccessOptions {
  /** Whoever gives no user name may connect. */
  readonly anonymous: boolean;
  /** Passwords by user name. */
  readonly users: ReadonlyMap<string, string>;
  /** Filters that nobody may subscribe to, spelt as here, with the code for their SUBACK. */
  readonly denied?: ReadonlyMap<string, number>;
}

/** Access by user name and password; who is in may do everything but what is denied. */
export function simpleAccess({ anonymous, users, denied }: SimpleAccessOptions): Access {
  return {
    authenticate({ username, password }) {
      if (username === undefined) return anonymous ? { ok: true } : { ok: false, code: reason.notAuthorized };
      const known = users.get(username);
      const right = known !== undefined && password !== undefined && same(password, Buffer.from(known));
      return right || (anonymous && known === undefined)
        ? { ok: true }
        : { ok: false, code: reason.badUserNameOrPassword };
    },
    authorize: (_client, action, topicOrFilter) => action === 'publish' || !denied?.has(topicOrFilter),
    refusal: (_client, filter) => denied?.get(filter) ?? reason.notAuthorized,
  };
}

/** Takes the same time wherever they differ. */
const same = (one: Buffer, other: Buffer): boolean => timingSafeEqual(digest(one), digest(other));
const digest = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
