import { type Clock, every, millis, seconds } from '@selvedge/kernel';
import { topics } from '@selvedge/protocol';
import type { Commands, DeviceIntake, Gate, Principal } from '../../ports.ts';
import { authorize } from './admission.ts';
import type { InflateLimits } from './body/inflate.ts';
import { type Answer, deviceOf, type Exchange, type Handler, smallBody } from './exchange.ts';
import { httpFaults } from './faults.ts';
import type { Listening } from './listening.ts';
import { answerTaken } from './statuses.ts';

export interface CommandsParts {
  readonly clock: Clock;
  readonly gate: Gate;
  readonly intake: DeviceIntake;
  readonly commands: Commands;
  readonly listening: Listening;
  readonly small: InflateLimits;
}

const waitMax = 60;
const beatPeriod = seconds(15);

/** Bytes that may wait for a slow reader of events; its connection is closed then, and it resumes. */
const unreadMax = 256 * 1_024;

/** `GET /v1/devices/{id}/commands`: waits for commands, or streams them as server-sent events. */
export function getCommands(parts: CommandsParts): Handler {
  return async (exchange) => {
    const device = deviceOf(exchange);
    const principal = await authorize(parts.gate, exchange, 'subscribe', topics.command(device));
    const { accept = '', 'last-event-id': last } = exchange.request.headers;
    const after = exchange.query.get('after') ?? (typeof last === 'string' ? last : undefined);
    const wantsEvents = /(?:^|[\s,])text\/event-stream(?:$|[\s,;])/i.test(accept);
    return wantsEvents
      ? stream(parts, exchange, device, principal, after)
      : poll(parts, exchange, device, principal, after);
  };
}

/** `POST /v1/devices/{id}/commands/{command}/result`: answers when the result is durable. */
export function postResult(parts: CommandsParts): Handler {
  return async (exchange) => {
    const device = deviceOf(exchange);
    await authorize(parts.gate, exchange, 'publish', topics.result(device));
    const body = await smallBody(exchange, parts.small);
    const { command: id = '' } = exchange.parameters;
    const command = parts.commands.find(id);
    if (command?.device !== device)
      throw httpFaults('HTTP_COMMAND_UNKNOWN', `${device} has no command ${id.slice(0, 128)}`);
    const answer = nameIn(body, id);
    const result = await answerTaken(parts.intake, () => parts.intake.takeAnswer(device, answer, 0, answer.length));
    if (result.status >= 400) return result;
    parts.listening.boxes.acknowledge(device, id);
    return { status: 200, body: { id, state: parts.commands.find(id)?.state ?? command.state } };
  };
}

async function poll(
  { clock, listening }: CommandsParts,
  { query, response, over }: Exchange,
  device: string,
  principal: Principal,
  after: string | undefined,
): Promise<Answer> {
  const wait = waitOf(query.get('wait'));
  const letters: string[] = [];
  const ended = new AbortController();
  const woken = Promise.withResolvers<void>();
  const end = (): void => {
    woken.resolve();
    ended.abort();
  };
  const leave = listening.begin({
    device,
    principal,
    after,
    // What else is on its way in this turn goes along.
    deliver({ text }) {
      letters.push(text);
      clock.soon(end);
    },
    end,
  });
  void over.then(() => {
    end();
    leave(response.writableFinished);
  });
  const isWaiting = wait > 0 && letters.length === 0 && !ended.signal.aborted;
  if (isWaiting) await Promise.race([woken.promise, clock.sleep(seconds(wait), ended.signal).catch(() => undefined)]);
  ended.abort();
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: `{"commands":[${letters.join(',')}]}\n`,
  };
}

function stream(
  { clock, listening }: CommandsParts,
  { response, over }: Exchange,
  device: string,
  principal: Principal,
  after: string | undefined,
): undefined {
  const ended = new AbortController();
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-accel-buffering': 'no',
  });
  response.write('retry: 3000\n\n');
  const write = (text: string): void => {
    response.write(text);
    if (response.writableLength > unreadMax) response.destroy();
  };
  const leave = listening.begin({
    device,
    principal,
    after,
    deliver: ({ id, text }) => write(`${/[\r\n\0]/.test(id) ? '' : `id: ${id}\n`}event: command\ndata: ${text}\n\n`),
    end: () => void response.end(),
  });
  void over.then(() => {
    ended.abort();
    leave(response.writableFinished);
  });
  // A comment now and then shows both sides that the other is still there.
  every(clock, millis(beatPeriod), ended.signal, () => write(':\n\n')).catch(() => response.destroy());
  return undefined;
}

function waitOf(text: string | null): number {
  const wait = text === null ? 30 : Number(text);
  if (text !== '' && wait >= 0 && wait <= waitMax) return wait;
  throw httpFaults('HTTP_INVALID', `wait=${text} is not within 0 and ${waitMax} seconds`);
}

/** The answer with the command's id in it, in the form that a topic would have brought; as it is where it is no JSON. */
function nameIn(body: Buffer, id: string): Buffer {
  let raw: unknown;
  try {
    raw = body.length === 0 ? {} : JSON.parse(body.toString('utf8'));
  } catch {
    return body;
  }
  const answer = typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? { ...raw, id } : { id, result: raw };
  return Buffer.from(JSON.stringify(answer), 'utf8');
}
