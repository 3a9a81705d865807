import { type Clock, millis } from '@selvedge/kernel';
import { clearDraft, emptyDraft, payloadDecoders, type TwinValues } from '@selvedge/protocol';
import type {
  Commands,
  DeviceIntake,
  Gate,
  Principal,
  ReadingsRequest,
  Route,
  Taken,
  Twins,
} from '../../../../edge/src/ports.ts';

export interface Room {
  readonly intake: DeviceIntake;
  readonly commands: Commands;
  readonly twins: Twins;
  readonly gate: Gate;
  readonly routes: readonly Route[];
}

/**
 * What is behind the door: an intake that decodes and forgets, two commands, one twin, operations that say what they were
 * asked, and a gate that knows by the token's name.
 */
export function room(clock: Clock): Room {
  const commit = (): Promise<void> => clock.sleep(millis(1));
  const open = new Set<string>();
  const intake: DeviceIntake = {
    take: () => 2,
    takeReadings: (_device, decoder, bytes, start, end) => decode(decoder, bytes, start, end),
    takeStatus: (_device, bytes, start, end) => decode('json', bytes, start, end),
    takeAnswer: (_device, bytes, start, end) => decode('json', bytes, start, end),
    commit,
    openRequest(device, decoder, key) {
      const name = key === undefined ? undefined : `${device} ${key}`;
      if (name !== undefined && open.has(name)) return 'busy';
      if (name !== undefined) open.add(name);
      return request(decoder, commit, () => void (name !== undefined && open.delete(name)));
    },
  };
  const commands: Commands = {
    find: (id) => (id === 'c1' || id === 'c2' ? { device: 'a', state: 'delivered' } : undefined),
  };
  const twins: Twins = {
    find: (device) => (device === 'a' ? twinOf(device) : undefined),
    async edit(device, sections) {
      await commit();
      return { ...twinOf(device), ...sections };
    },
  };
  return { intake, commands, twins, gate, routes };
}

const twinOf = (device: string): TwinValues => ({
  ...{ device, version: '1', desired: {}, reported: {}, tags: {}, policy: {} },
});

const routes: readonly Route[] = [
  {
    ...{ method: 'POST', path: '/v1/things/{id}', for: 'anybody' },
    handle: ({ parameters, body }) => ({ status: 200, body: { ...parameters, body } }),
  },
  {
    ...{ method: 'GET', path: '/v1/things', for: 'operator' },
    handle: ({ query }) => ({ status: 200, body: Object.fromEntries(query) }),
  },
  { method: 'DELETE', path: '/v1/things/{id}', for: 'operator', handle: () => ({ status: 204 }) },
];

function request(decoder: string, commit: () => Promise<void>, release: () => void): ReadingsRequest {
  const outcome = {
    taken: 0,
    duplicates: 0,
    quarantined: 0,
    failures: [] as { payload: number; reason: string; why: string }[],
  };
  let payload = 0;
  return {
    take(payloads) {
      for (const bytes of payloads) {
        const { failure, taken } = decode(decoder, bytes, 0, bytes.length);
        outcome.taken += taken;
        if (failure) {
          outcome.quarantined += 1;
          if (outcome.failures.length < 10) outcome.failures.push({ payload, ...failure });
        }
        payload += 1;
      }
    },
    commit,
    outcome,
    release,
  };
}

const draft = emptyDraft();

function decode(decoder: string, bytes: Buffer, start: number, end: number): Taken {
  clearDraft(draft);
  let taken = 0;
  const failure = payloadDecoders[decoder]!(draft, bytes, start, end, () => void (taken += 1));
  return { verdict: 0, taken: failure ? 0 : taken, duplicates: 0, failure };
}

const gate: Gate = {
  admit(credentials) {
    if (credentials.kind === 'anonymous') return { ok: true, principal: someone('anonymous', '') };
    if (credentials.kind === 'password')
      return Promise.resolve({ ok: true, principal: someone('device', credentials.user) });
    if (credentials.kind !== 'token') return { ok: false, why: 'unknown' };
    const { token } = credentials;
    if (token === 'busy') return { ok: false, why: 'busy' };
    if (token.startsWith('s')) return { ok: false, why: 'unknown' };
    return { ok: true, principal: someone(token === 'operator' ? 'operator' : 'device', token) };
  },
  permits: ({ kind, name }, _action, topic) =>
    kind === 'device' ? topic.split('/')[1] === name : !topic.includes('locked'),
  holds: () => true,
  onRevoked: () => () => undefined,
};

const someone = (kind: Principal['kind'], name: string): Principal => ({
  kind,
  name,
  credential: name,
  issuedAt: undefined,
});
