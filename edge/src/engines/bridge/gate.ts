import { Buffer } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import { matchTopic } from '@selvedge/protocol';
import type { Gate, Principal } from '../../ports.ts';
import { localFilter } from './mapping.ts';
import { type BridgeRule, goes } from './rule.ts';

/** A bridge of this node, and the secret by which its lines say who they are; drawn anew at each start. */
export interface BridgeAtGate {
  readonly name: string;
  readonly rules: readonly BridgeRule[];
  readonly secret: Uint8Array;
}

/** As whom a bridge comes in: an application of a name that no other can have, since theirs begin with no `$`. */
export const bridgeUser = (name: string): string => `$bridge:${name}`;

/** A gate that also knows the bridges: each may publish what its rules bring in, and hear what they send out. */
export function bridgeGate(gate: Gate, bridges: readonly BridgeAtGate[]): Gate {
  const byUser = new Map(bridges.map((one) => [bridgeUser(one.name), one]));
  const principals = new Map<string, Principal>(
    bridges.map(({ name }) => [
      bridgeUser(name),
      { kind: 'application', name: bridgeUser(name), credential: bridgeUser(name), issuedAt: undefined },
    ]),
  );
  /** Stored credentials have drawn names, so none is called like a bridge. */
  const bridgeOf = ({ credential }: Principal): BridgeAtGate | undefined =>
    credential === undefined ? undefined : byUser.get(credential);

  return {
    admit(credentials, address) {
      const one = credentials.kind === 'password' ? byUser.get(credentials.user) : undefined;
      if (one && credentials.kind === 'password' && isSecret(credentials.password, one.secret))
        return { ok: true, principal: principals.get(credentials.user)! };
      return gate.admit(credentials, address);
    },
    permits(principal, action, topicOrFilter) {
      const one = bridgeOf(principal);
      if (!one) return gate.permits(principal, action, topicOrFilter);
      return action === 'publish'
        ? !topicOrFilter.startsWith('$') && reaches(one.rules, topicOrFilter)
        : one.rules.some((rule) => goes(rule, 'out') && localFilter(rule) === topicOrFilter);
    },
    holds: (principal) => bridgeOf(principal) !== undefined || gate.holds(principal),
    onRevoked: (listener) => gate.onRevoked(listener),
  };
}

const reaches = (rules: readonly BridgeRule[], topic: string): boolean =>
  rules.some((rule) => goes(rule, 'in') && matchTopic(localFilter(rule), topic) !== undefined);

const isSecret = (given: Uint8Array, secret: Uint8Array): boolean =>
  given.length === secret.length && timingSafeEqual(Buffer.from(given), Buffer.from(secret));
