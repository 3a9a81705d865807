import { mediaTypes } from './media.ts';
import { problemType } from './problem.ts';

export type Json = Readonly<Record<string, unknown>>;

const refer = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });
const json = (schema: Json): Json => ({ 'application/json': { schema } });
const text = { type: 'string' } as const;
const count = { type: 'integer', minimum: 0 } as const;

export const problem = (description: string): Json => ({
  description,
  content: { [problemType]: { schema: refer('Problem') } },
});

const answer = (description: string, schema: Json): Json => ({ description, content: json(schema) });

const device = {
  name: 'id',
  in: 'path',
  required: true,
  description: 'The device, percent-encoded.',
  schema: { type: 'string', minLength: 1, maxLength: 128 },
} as const;

const refusals = {
  400: problem('The request is malformed.'),
  401: problem('A credential is needed, or this one is none.'),
  403: problem('This principal may not do this.'),
  408: problem('The request did not come in time.'),
  413: problem('The body, or one payload in it, is too large.'),
  415: problem('The media type or content coding is not understood.'),
  429: problem('Too many attempts from this address have failed.'),
  503: problem('The node takes nothing at present; what `taken` and its neighbours do not count was not stored.'),
} as const;

const readings = {
  tags: ['devices'],
  summary: 'Report readings',
  description:
    'One object, a list, NDJSON, CBOR, a CBOR sequence, or a SenML pack. Answered when everything is durable. A body of ' +
    'up to 256 payloads and 64 KiB is taken as a whole or not at all.',
  parameters: [
    device,
    {
      name: 'Idempotency-Key',
      in: 'header',
      description: 'Makes repeating the request harmless for a day, also across a crash of the node.',
      schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,255}$' },
    },
    { name: 'Content-Encoding', in: 'header', schema: { enum: ['identity', 'gzip', 'zstd'] } },
  ],
  requestBody: {
    required: true,
    content: Object.fromEntries(
      mediaTypes.map((type) => [
        type,
        type === 'application/json' ? { schema: { oneOf: [refer('Reading'), refer('Readings')] } } : {},
      ]),
    ),
  },
  responses: {
    202: answer('Durable.', refer('Outcome')),
    409: problem('A request under this key is under way.'),
    422: problem('Nothing fits, and all is kept in quarantine; or the key came with other readings before.'),
    ...refusals,
  },
} as const;

const status = {
  tags: ['devices'],
  summary: 'Report whether the device is well',
  parameters: [device],
  requestBody: { required: true, content: { 'application/json': {}, 'text/plain': { schema: text } } },
  responses: {
    202: { description: 'Durable.' },
    422: problem('It is no status, and is kept in quarantine.'),
    ...refusals,
  },
} as const;

const commands = {
  tags: ['devices'],
  summary: 'Wait for commands',
  description:
    'One listener per device; a new one takes the place of the one before. A command comes again under its id until the ' +
    'device shows that it has it, by `after`, by `Last-Event-ID`, or by its result.',
  parameters: [
    device,
    {
      name: 'wait',
      in: 'query',
      description: 'Seconds to wait for a command.',
      schema: { type: 'number', minimum: 0, maximum: 60, default: 30 },
    },
    { name: 'after', in: 'query', description: 'The last command that the device has; empty for none.', schema: text },
    { name: 'Last-Event-ID', in: 'header', description: 'The same, for a stream that goes on.', schema: text },
  ],
  responses: {
    200: {
      description: 'Commands, none if the wait was over; or a stream of events `command`.',
      content: {
        ...json({ type: 'object', properties: { commands: { type: 'array', items: refer('Command') } } }),
        'text/event-stream': {},
      },
    },
    ...refusals,
  },
} as const;

const result = {
  tags: ['devices'],
  summary: 'Report what became of a command',
  parameters: [device, { name: 'command', in: 'path', required: true, schema: text }],
  requestBody: { content: json(refer('Result')) },
  responses: {
    200: answer('Durable. Repeating it changes nothing.', {
      type: 'object',
      properties: { id: text, state: text },
    }),
    404: problem('The device has no such command.'),
    422: problem('It is no result, and is kept in quarantine.'),
    ...refusals,
  },
} as const;

const version = { name: 'If-Match', in: 'header', description: 'Only this version is edited.', schema: text } as const;

const twin = {
  get: {
    tags: ['devices'],
    summary: 'Read the twin of a device',
    parameters: [device],
    responses: {
      200: answer('What the journal holds; `ETag` is its version.', refer('Twin')),
      404: problem('The device has no twin here.'),
      ...refusals,
    },
  },
  patch: {
    tags: ['devices'],
    summary: 'Edit the twin of a device: a device what it reports, an operator the rest',
    parameters: [device, version],
    requestBody: { required: true, content: json(refer('TwinPatch')) },
    responses: {
      200: answer('Durable.', refer('Twin')),
      412: problem('The twin has another version by now.'),
      507: problem('The twins of this node have no more room.'),
      ...refusals,
    },
  },
} as const;

const page = (summary: string): Json => ({ tags: ['node'], summary, responses: { 200: { description: summary } } });

export const ownPaths: Readonly<Record<string, Json>> = {
  '/healthz': { get: page('Whether the node answers') },
  '/metrics': { get: page('Metrics in the Prometheus text format') },
  '/v1/status': { get: page('How the node is') },
  '/v1/devices/{id}/readings': { post: readings },
  '/v1/devices/{id}/status': { post: status },
  '/v1/devices/{id}/twin': twin,
  '/v1/devices/{id}/commands': { get: commands },
  '/v1/devices/{id}/commands/{command}/result': { post: result },
};

const fields = { type: 'object', additionalProperties: true } as const;

export const schemas: Readonly<Record<string, Json>> = {
  Problem: {
    type: 'object',
    required: ['type', 'title', 'status', 'detail', 'code', 'hint'],
    properties: { type: text, title: text, status: count, detail: text, code: text, hint: text },
  },
  Reading: {
    type: 'object',
    description: 'Values by name; `timestamp` is the time taken, `$boot` and `$seq` together name the reading.',
    properties: { timestamp: { type: ['number', 'string'] }, $boot: count, $seq: count },
    additionalProperties: true,
  },
  Readings: { type: 'array', items: refer('Reading') },
  Outcome: {
    type: 'object',
    required: ['taken', 'duplicates', 'quarantined'],
    properties: {
      taken: count,
      duplicates: count,
      quarantined: count,
      failures: {
        type: 'array',
        maxItems: 10,
        items: { type: 'object', properties: { payload: count, reason: text, why: text } },
      },
    },
  },
  Command: {
    type: 'object',
    properties: {
      ...{ id: text, device_id: text, command: text, reason: text },
      arguments: { type: 'object' },
      timestamp: { type: 'number', description: 'Milliseconds since the Unix epoch.' },
      expires_at: { type: 'number', description: 'Milliseconds since the Unix epoch.' },
    },
  },
  Twin: {
    type: 'object',
    required: ['device', 'version', 'desired', 'reported', 'tags', 'policy'],
    properties: {
      ...{ device: text, version: text },
      ...{ desired: fields, reported: fields, tags: fields, policy: fields },
    },
  },
  TwinPatch: {
    type: 'object',
    description: 'After RFC 7396: null deletes, an object stands for the names below it.',
    properties: { desired: fields, reported: fields, tags: fields, policy: fields },
    additionalProperties: false,
  },
  Result: { type: 'object', properties: { status: { enum: ['done', 'failed'] }, result: {} } },
};
