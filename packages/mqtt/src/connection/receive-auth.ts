import { describeFailure } from '@selvedge/kernel';
import { type Auth, type AuthCode, decodeAuth, encodeAuth } from '../packets/auth.ts';
import type { AccessVerdict, ConnectRequest, Exchange, ExchangeStep } from '../ports.ts';
import { authRefusals, reason } from '../reason.ts';
import type { Connection } from './connection.ts';
import { reauthorize } from './reauthorize.ts';

/** What is said on one connection in one authentication method, from CONNECT on. */
interface Dialogue {
  readonly request: ConnectRequest;
  readonly method: string;
  /** Undefined: none is under way. */
  exchange: Exchange | undefined;
  /** Access is thinking, and the client has nothing to say. */
  asked: boolean;
  /** Lets the client in, or refuses it; afterwards only it can be authenticated anew. */
  readonly decide: (verdict: AccessVerdict) => void;
}

/** Beside the connections, of which few have one. */
const dialogues = new WeakMap<Connection, Dialogue>();

/**
 * Begins the enhanced authentication that a CONNECT asks for (section 4.12). False: access does not know the method.
 * Until it decides, the connection stays fresh: `connectWithin` and `connectSizeMax` bound what it may take.
 */
export function beginAuthentication(
  connection: Connection,
  request: ConnectRequest,
  { method, data }: { readonly method: string; readonly data: Uint8Array | undefined },
  decide: (verdict: AccessVerdict) => void,
): boolean {
  const dialogue: Dialogue = { request, method, exchange: undefined, asked: false, decide };
  if (!begin(connection, dialogue, false)) return false;
  dialogues.set(connection, dialogue);
  step(connection, dialogue, data);
  return true;
}

/** A client that is being authenticated may send AUTH and DISCONNECT only [MQTT-3.1.2-30]. */
export const isAuthenticating = (connection: Connection): boolean => dialogues.has(connection);

/** AUTH: the next word of an exchange, or the first of a new one. */
export function receiveAuth(connection: Connection, bytes: Buffer, start: number, end: number): boolean {
  const parsed = decodeAuth(bytes, start, end, connection.hub.limits);
  if (!parsed.ok) return connection.fail(parsed.code, parsed.why);
  const dialogue = dialogues.get(connection);
  const wrong = dialogue ? outOfPlace(connection, dialogue, parsed.value) : 'AUTH without a method in CONNECT';
  if (wrong !== undefined) return connection.fail(reason.protocolError, wrong); // [MQTT-4.12.0-7]
  if (parsed.value.code === reason.reAuthenticate && !begin(connection, dialogue!, true)) {
    connection.close(reason.notAuthorized);
    return false;
  }
  step(connection, dialogue!, parsed.value.data);
  return connection.in.takes;
}

/** [MQTT-4.12.1-1], [MQTT-4.12.0-3] */
function outOfPlace(connection: Connection, dialogue: Dialogue, { code, method }: Auth): string | undefined {
  if (method !== dialogue.method) return 'AUTH with another method than CONNECT';
  if (dialogue.asked) return 'AUTH before the last one was answered';
  if (code === reason.continueAuthentication && !dialogue.exchange) return 'AUTH goes on where nothing has begun';
  if (code !== reason.reAuthenticate) return undefined;
  return connection.phase === 'open' && !dialogue.exchange ? undefined : 'AUTH begins anew where it has not ended';
}

function begin(connection: Connection, dialogue: Dialogue, again: boolean): boolean {
  try {
    dialogue.exchange = connection.hub.access?.exchange?.(dialogue.request, dialogue.method, again);
  } catch (cause) {
    connection.hub.log.error('mqtt.access.failed', describeFailure(cause));
  }
  return dialogue.exchange !== undefined;
}

function step(connection: Connection, dialogue: Dialogue, data: Uint8Array | undefined): void {
  const { stream, hub } = connection;
  const undecided = (cause: unknown): void => {
    hub.log.error('mqtt.access.failed', describeFailure(cause));
    settle(connection, dialogue, { ok: false, code: reason.serverUnavailable, why: 'access could not be decided' });
  };
  dialogue.asked = true;
  try {
    const answer = dialogue.exchange!.step(data);
    if (!('then' in answer)) {
      settle(connection, dialogue, answer);
      return;
    }
    // A client in a session goes on with it meanwhile.
    const fresh = connection.phase === 'fresh';
    if (fresh) stream.pause();
    answer
      .then((settled) => settle(connection, dialogue, settled))
      .catch(undecided)
      .finally(() => fresh && stream.resume());
  } catch (cause) {
    undecided(cause);
  }
}

function settle(connection: Connection, dialogue: Dialogue, answer: ExchangeStep): void {
  dialogue.asked = false;
  if (connection.phase !== 'fresh' && connection.phase !== 'open') return;
  if (answer.ok === 'more') {
    sendAuth(connection, dialogue, reason.continueAuthentication, answer.data); // [MQTT-4.12.0-2]
    return;
  }
  dialogue.exchange = undefined;
  if (connection.phase === 'fresh') dialogue.decide(answer);
  else if (answer.ok) renew(connection, dialogue, answer);
  else connection.close(authRefusals.has(answer.code) ? answer.code : reason.notAuthorized, answer.why); // [MQTT-4.12.1-2]
}

/** The client is somebody again, perhaps with other permissions. */
function renew(connection: Connection, dialogue: Dialogue, verdict: AccessVerdict & { ok: true }): void {
  Object.assign(connection.publisher, { context: verdict.context });
  reauthorize(connection);
  sendAuth(connection, dialogue, reason.success, verdict.authenticationData);
}

/** [MQTT-4.12.0-5] */
function sendAuth(connection: Connection, dialogue: Dialogue, code: AuthCode, data: Uint8Array | undefined): void {
  const bytes = encodeAuth(code, dialogue.method, data);
  if (bytes.length <= connection.out.packetSizeMax) connection.out.send(bytes);
  else if (connection.phase === 'fresh') dialogue.decide({ ok: false, code: reason.packetTooLarge });
  else connection.close(reason.packetTooLarge);
}
