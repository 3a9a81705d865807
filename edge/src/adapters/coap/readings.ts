import { contentFormats, type Handler, type Request, type Resource, type Response, responses } from '@selvedge/coap';
import { type CborMap, encodeCbor, isDeviceId, parseCbor, topics } from '@selvedge/protocol';
import type { DeviceIntake, Gate, LastReadings } from '../../ports.ts';
import { admit, authorize, credentialsOf } from './admission.ts';
import { durably } from './durably.ts';
import { coapDoorFaults } from './faults.ts';
import { decoderOf, formats } from './media.ts';
import { representAll, representReading } from './represent.ts';
import type { Watching } from './watching.ts';

export interface ReadingsParts {
  readonly gate: Gate;
  readonly intake: DeviceIntake;
  readonly readings: LastReadings;
  readonly watching: Watching;
  /** Bytes of one payload. */
  readonly payloadMax: number;
}

/** Who may do either with a device's readings may know that it is there. */
const actions = ['subscribe', 'publish'] as const;

const attributes = { rt: 'selvedge.reading', if: 'sensor' } as const;

/** `sensors`: all devices with their last readings; a POST names the device in its query or payload. */
export const allReadings = (parts: ReadingsParts): Resource => ({
  path: 'sensors',
  get: getAll(parts),
  post: postAny(parts),
  formats,
  consumes: formats,
  bodySizeMax: parts.payloadMax,
  attributes: { rt: 'selvedge.readings', title: 'Last readings of all devices' },
});

/** `sensors/<device>`: its last reading, to get and to observe; a POST adds readings. */
export const deviceReadings = (parts: ReadingsParts): Resource => ({
  path: 'sensors/*',
  get: getOne(parts),
  post: postOne(parts),
  formats,
  consumes: formats,
  bodySizeMax: parts.payloadMax,
  observable(request, changed) {
    const device = request.path[1]!;
    const leave = parts.watching.begin(request.peer, topics.reading(device), changed);
    const end = leave && parts.readings.watch(device, changed);
    return () => {
      end?.();
      leave?.();
    };
  },
  attributes,
  *links({ peer }) {
    const admission = parts.gate.admit(credentialsOf(peer), peer.host);
    if (admission instanceof Promise || !admission.ok) return;
    for (const device of parts.readings.ids()) {
      const topic = topics.reading(device);
      if (actions.some((action) => parts.gate.permits(admission.principal, action, topic)))
        yield { path: `sensors/${device}` };
    }
  },
});

const getAll =
  ({ gate, readings }: ReadingsParts): Handler =>
  ({ peer, accept }) => {
    const principal = admit(gate, peer);
    if (!readings.isWhole) throw starting();
    const visible = [...readings.all()].filter(({ device }) =>
      gate.permits(principal, 'subscribe', topics.reading(device)),
    );
    return representAll(visible, accept);
  };

const getOne =
  ({ gate, readings }: ReadingsParts): Handler =>
  (request) => {
    const device = deviceIn(request);
    authorize(gate, request.peer, 'subscribe', topics.reading(device));
    const reading = readings.of(device);
    if (reading) return representReading(reading, request.accept);
    if (!readings.isWhole) throw starting();
    throw coapDoorFaults('COAP_READING_UNKNOWN', `nothing is known of ${device}`);
  };

const starting = (): Error =>
  coapDoorFaults('COAP_STARTING', 'the node is reading the end of its journal', { maxAge: 1 });

const postOne =
  (parts: ReadingsParts): Handler =>
  (request) => {
    const device = deviceIn(request);
    return post(parts, request, [{ device, payload: request.payload }]);
  };

const postAny =
  (parts: ReadingsParts): Handler =>
  (request) => {
    const named = request.query.find((one) => one.startsWith('device='))?.slice('device='.length);
    const items = named === undefined ? itemsOf(request) : [{ device: named, payload: request.payload }];
    if (items.length === 0 || items.length > itemsMax)
      throw coapDoorFaults('COAP_INVALID', `${items.length} readings; 1 to ${itemsMax} may come at once`);
    for (const { device } of items) checkDevice(device);
    return post(parts, request, items);
  };

interface Item {
  readonly device: string;
  readonly payload: Buffer;
}

/** Answers 2.04, or 2.01 when a device was not known before, once all is durable. */
async function post(
  { gate, intake, readings }: ReadingsParts,
  { peer, contentFormat }: Request,
  items: readonly Item[],
): Promise<Response> {
  for (const { device } of items) authorize(gate, peer, 'publish', topics.reading(device));
  const created = items.find(({ device }) => !readings.of(device))?.device;
  const decoder = decoderOf(contentFormat);
  await durably(
    intake,
    items.map(
      ({ device, payload }) =>
        () =>
          intake.takeReadings(device, decoder, payload, 0, payload.length),
    ),
  );
  return created === undefined
    ? { code: responses.changed }
    : { code: responses.created, locationPath: ['sensors', created] };
}

/** Readings of several devices in one payload. */
const itemsMax = 256;

/** Members of a payload that say whose it is. */
const deviceNames = ['device', 'device_id'] as const;

/** The readings of a payload, each without the member that names its device. Throws COAP_INVALID. */
function itemsOf({ payload, contentFormat = contentFormats.json }: Request): readonly Item[] {
  if (contentFormat === contentFormats.json) {
    const raw = parseJson(payload);
    return (Array.isArray(raw) ? raw : [raw]).map((one: unknown) => {
      const { name, value, rest } = takeName(Object.entries((one ?? {}) as object));
      return itemOf(name, value, Buffer.from(JSON.stringify(Object.fromEntries(rest)), 'utf8'));
    });
  }
  if (contentFormat === contentFormats.cbor) {
    const parsed = parseCbor(payload, 0, payload.length);
    if ('reason' in parsed) throw coapDoorFaults('COAP_INVALID', parsed.why);
    return (Array.isArray(parsed.value) ? parsed.value : [parsed.value]).map((one: unknown) => {
      const { name, value, rest } = takeName(one instanceof Map ? [...(one as CborMap)] : []);
      return itemOf(name, value, encodeCbor(new Map(rest)));
    });
  }
  throw coapDoorFaults('COAP_INVALID', 'name the device of SenML in the path or by ?device=');
}

function takeName<Key, Value>(members: readonly (readonly [Key, Value])[]) {
  const found = members.find(([name]) => (deviceNames as readonly unknown[]).includes(name));
  return { name: found?.[0], value: found?.[1], rest: members.filter((one) => one !== found) };
}

function itemOf(name: unknown, value: unknown, payload: Buffer): Item {
  if (typeof value === 'string') return { device: value, payload };
  throw coapDoorFaults('COAP_INVALID', name === undefined ? 'no device is named' : `${String(name)} is not text`);
}

function parseJson(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    throw coapDoorFaults('COAP_INVALID', `${payload.length} bytes that are not JSON`);
  }
}

/** The device that the path names. Throws COAP_INVALID. */
export function deviceIn({ path }: Request): string {
  const device = path[1]!;
  checkDevice(device);
  return device;
}

function checkDevice(device: string): void {
  if (!isDeviceId(device)) throw coapDoorFaults('COAP_INVALID', `"${device.slice(0, 64)}" is not a device id`);
}
