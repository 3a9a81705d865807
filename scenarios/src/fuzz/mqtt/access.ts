import { type Clock, millis } from '@selvedge/kernel';
import type { Access, AccessVerdict, Exchange } from '@selvedge/mqtt';

/** The only client that may use topics below `witness`. */
export const witnessName = 'witness';

/** Decides by the names that `words.ts` gives: some at once, some late, some never, and some with a failure. */
export function fuzzAccess(clock: Clock): Access {
  const late = async (verdict: AccessVerdict): Promise<AccessVerdict> => {
    await clock.sleep(millis(5));
    return verdict;
  };
  return {
    authenticate({ username, address }) {
      // A scope of their own, so that nobody takes over the session of the witness.
      const scope = address === witnessName ? '' : 'fuzzed/';
      const welcome = { ok: true, scope, responseInformation: 'answers/' } as const;
      switch (username) {
        case 'slow':
          return late(welcome);
        case 'never':
          return new Promise(() => undefined);
        case 'refused':
          return { ok: false, code: 0x86, why: 'no such user' };
        case 'moved':
          return late({ ok: false, code: 0x9d, why: 'moved', serverReference: 'other.example:1883' });
        case 'broken':
          return Promise.reject(new Error('the directory is away'));
        default:
          return welcome;
      }
    },
    exchange(_connect, method, again) {
      if (!method.endsWith('echo')) return undefined;
      return echo(method, again ? 1 : 2, late);
    },
    authorize: ({ clientId }, action, topicOrFilter) => {
      if (clientId === witnessName) return true;
      if (action === 'publish') return !/^(?:witness|\$denied)(?:\/|$)/.test(topicOrFilter);
      return !topicOrFilter.startsWith('$denied');
    },
  };
}

/** Wants so many words of the client before it decides. */
function echo(method: string, words: number, late: (verdict: AccessVerdict) => Promise<AccessVerdict>): Exchange {
  let left = words;
  return {
    step(data) {
      left -= 1;
      if (left > 0) return { ok: 'more', ...(data ? { data } : {}) };
      if (method.startsWith('refused')) return { ok: false, code: 0x87 };
      const verdict = { ok: true, scope: 'fuzzed/', ...(data ? { authenticationData: data } : {}) } as const;
      return method.startsWith('slow') ? late(verdict) : verdict;
    },
  };
}
