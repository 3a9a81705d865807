import { type Handler, type Resource, type Response, responses } from '@selvedge/coap';
import { topics } from '@selvedge/protocol';
import type { Letter } from '../../engines/outlet/mailboxes.ts';
import type { Commands, DeviceIntake, Gate } from '../../ports.ts';
import { authorize } from './admission.ts';
import { durably } from './durably.ts';
import { coapDoorFaults } from './faults.ts';
import type { Listening } from './listening.ts';
import { jsonOf, plainFormats } from './media.ts';
import { deviceIn } from './readings.ts';
import { represent } from './represent.ts';
import type { Watching } from './watching.ts';

export interface CommandsParts {
  readonly gate: Gate;
  readonly intake: DeviceIntake;
  readonly commands: Commands;
  readonly listening: Listening;
  readonly watching: Watching;
}

/** Bytes of a status or a result. */
const smallMax = 65_536;

/** An observer that has heard nothing for so many seconds registers again, which shows both sides that the other is there. */
const observedMaxAge = 300;

/**
 * `commands/<device>`: the command that waits for the device, or nothing. An observer gets each in a confirmable
 * notification, one at a time, and is told when nothing waits any more.
 */
export const deviceCommands = (parts: CommandsParts): Resource => ({
  path: 'commands/*',
  get: getCommand(parts),
  formats: plainFormats,
  notifications: 'confirmable',
  observable(request, changed) {
    let leave: (() => void) | undefined;
    const end = parts.watching.begin(request.peer, topics.command(request.path[1]!), () => {
      leave?.();
      changed();
    });
    leave = end && parts.listening.observe(request, changed);
    return () => {
      leave?.();
      end?.();
    };
  },
  attributes: { rt: 'selvedge.command' },
});

/** `commands/<device>/<id>`: a POST of what became of the command is answered when that is durable. */
export const commandResult = (parts: CommandsParts): Resource => ({
  path: 'commands/*/*',
  post: postResult(parts),
  consumes: plainFormats,
  bodySizeMax: smallMax,
});

/** `devices/<device>/status`: a POST of `online`, `offline` or an object is answered when it is durable. */
export const deviceStatus = ({ gate, intake }: CommandsParts): Resource => ({
  path: 'devices/*/status',
  async post(request) {
    const device = deviceIn(request);
    authorize(gate, request.peer, 'publish', topics.status(device));
    const status = jsonOf(request.payload, request.contentFormat);
    await durably(intake, [() => intake.takeStatus(device, status, 0, status.length)]);
    return { code: responses.changed };
  },
  bodySizeMax: smallMax,
});

const getCommand =
  ({ gate, listening }: CommandsParts): Handler =>
  async (request) => {
    const device = deviceIn(request);
    authorize(gate, request.peer, 'subscribe', topics.command(device));
    if (!request.observed) {
      const first = listening.poll(request);
      // Who says what it has acknowledges that, and only then the next one leaves.
      await Promise.resolve();
      return say(first ?? listening.poll(request), request.accept, 0);
    }
    const letter = listening.next(request);
    if (letter === 'taken') throw coapDoorFaults('COAP_COMMANDS_TAKEN', `another client observes commands/${device}`);
    return say(letter, request.accept, observedMaxAge);
  };

/** Where nothing waits that is `null`: RFC 7641 section 4.2 wants all notifications in one format. */
const say = (letter: Letter | undefined, format: number | undefined, maxAge: number): Response => ({
  ...represent(letter ? JSON.parse(letter.text) : null, format),
  maxAge,
});

const postResult =
  ({ gate, intake, commands, listening }: CommandsParts): Handler =>
  async (request) => {
    const device = deviceIn(request);
    authorize(gate, request.peer, 'publish', topics.result(device));
    const id = request.path[2]!;
    if (commands.find(id)?.device !== device)
      throw coapDoorFaults('COAP_COMMAND_UNKNOWN', `${device} has no command ${id.slice(0, 128)}`);
    const answer = nameIn(jsonOf(request.payload, request.contentFormat), id);
    await durably(intake, [() => intake.takeAnswer(device, answer, 0, answer.length)]);
    listening.acknowledge(device, id);
    return { code: responses.changed };
  };

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
