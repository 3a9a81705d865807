import { defineFaults, envName, Fault } from '@selvedge/kernel';
import { cloudPrefix } from './config.ts';

/** What can go wrong at the outside of the cloud: its ports, its API, its links. */
export const cloudFaults = defineFaults({
  PORT_TAKEN: { retry: 'later', hint: 'Stop the program that holds the port, or choose another one.' },
  PORT_REFUSED: { retry: 'never', hint: 'Choose a port above 1023 and an address of this machine.' },

  API_INVALID: { retry: 'never', hint: 'Correct every mistake listed; /openapi.json says what each request may hold.' },
  API_UNAUTHORIZED: {
    retry: 'never',
    hint: 'Send `Authorization: Bearer TOKEN`; the token is in operator.token of the data folder.',
  },
  API_SIGN_IN_REFUSED: { retry: 'never', hint: 'Each code signs in once and for a short time: ask for a new one.' },
  API_ORIGIN_FOREIGN: {
    retry: 'never',
    hint: 'Use the console that this cloud serves, or name the other origin in api.origins.',
  },
  API_LIMITED: { retry: 'later', hint: 'Wait as long as Retry-After says.' },
  API_NOT_FOUND: { retry: 'never', hint: 'See /openapi.json for what there is.' },
  API_TOO_LARGE: { retry: 'never', hint: 'Send less at once, or raise api.bodyMax.' },
  API_MEDIA_UNKNOWN: { retry: 'never', hint: 'Send JSON with `Content-Type: application/json`.' },
  API_UPGRADE_NEEDED: { retry: 'never', hint: 'Open it as a WebSocket: wscat, a browser, or `selvedge tail`.' },
  API_BROKEN: { retry: 'later', hint: 'This is a mistake of the cloud; its log says more under this time.' },
  API_CONSOLE_MISSING: { retry: 'never', hint: 'Build the console and name its folder in consoleDir.' },

  NODE_UNKNOWN: { retry: 'never', hint: 'List the nodes that have enrolled with GET /v1/nodes.' },
  DEVICE_UNKNOWN: { retry: 'later', hint: 'A device appears with its first reading; list them with GET /v1/devices.' },
  ALERT_UNKNOWN: { retry: 'never', hint: 'List alerts with GET /v1/alerts.' },
  COMMAND_UNKNOWN: { retry: 'never', hint: 'List commands with GET /v1/commands.' },

  TWIN_CHANGED: {
    retry: 'never',
    hint: 'Read the twin again and look whether the edit still fits; then send it with the new version.',
  },
  TWIN_UNFIT: {
    retry: 'never',
    hint: 'docs/guide/twin.md tells what a twin may hold, and what each policy decides about.',
  },
  TWIN_EVENT_UNKNOWN: { retry: 'never', hint: 'List the events with GET /v1/devices/{id}/twin/history.' },
  TWIN_MOMENT_PAST: {
    retry: 'never',
    hint: 'Ask for a later moment: older events of this twin are not kept any more.',
  },

  CONFIGURATION_UNREAD: {
    retry: 'never',
    hint: 'Read the configuration, and send its version in `If-Match`: GET /v1/nodes/{id}/configuration.',
  },
  CONFIGURATION_CHANGED: {
    retry: 'never',
    hint: 'Read the configuration again and look whether the change still fits; then send it with the new version.',
  },
  CONFIGURATION_UNKNOWN: { retry: 'never', hint: 'List the versions with GET /v1/nodes/{id}/configuration/history.' },
  SAGA_UNKNOWN: { retry: 'never', hint: 'List sagas with GET /v1/sagas.' },
  SAGAS_FULL: { retry: 'later', hint: 'Wait until some are over, or cancel what is not wanted any more.' },

  LINK_FRAME_INVALID: {
    retry: 'later',
    hint: 'The node speaks another protocol: bring edge and cloud to the same version.',
  },
  LINK_HELLO_INVALID: {
    retry: 'never',
    hint: 'The node speaks another protocol: bring edge and cloud to the same version.',
  },
  LINK_NODE_FOREIGN: {
    retry: 'never',
    hint: 'Enrol the node under the name it uses, or give it back its own certificate.',
  },
  LINK_EPOCH_FOREIGN: {
    retry: 'never',
    hint: 'The disk was copied from another node: give this node an empty data folder and enrol it anew.',
  },
  LINK_FORK: {
    retry: 'never',
    hint: 'The journal was restored from a backup, or two machines run on copies of one disk: keep one, and give the other an empty data folder.',
  },
  LINK_BATCH_BROKEN: { retry: 'never', hint: 'The batch was set aside; check the disk of the node.' },
  LINK_BUNDLE_INVALID: {
    retry: 'later',
    hint: 'The node sends batch by batch for one connection; if it comes again, bring edge and cloud to the same version.',
  },
  LINK_RUN_BROKEN: {
    retry: 'later',
    hint: 'The node sends the run again batch by batch, so that what is broken in it can be set aside alone.',
  },
  LINK_BULK_ALONE: { retry: 'later', hint: 'The node opens its control connection first, and then the one for bulk.' },
  LINK_CROWDED: { retry: 'later', hint: 'Many nodes connect at once; this one comes again when it was told to.' },
  LINK_OVERRUN: { retry: 'later', hint: 'The node sent more than it may before an acknowledgement.' },
  LINK_UNREAD: { retry: 'later', hint: 'The node does not read what it is sent: see its load and log.' },
  LINK_REPLACED: { retry: 'never', hint: 'The same node has connected again; the newest connection counts.' },
  LINK_UNPROVEN: {
    retry: 'later',
    hint: 'Another connection of the node still adds to the log; the node connects again.',
  },
  LINK_SILENT: { retry: 'later', hint: 'The network between node and cloud has gone; the node connects again.' },
  LINK_STORE_FAILED: {
    retry: 'later',
    hint: 'The cloud could not write to its data folder: see its log, and its free disk.',
  },
  LINK_DOWN: { retry: 'later', hint: 'The node is not connected now.' },
  LINK_TIMEOUT: { retry: 'later', hint: 'The node is connected but did not answer in time; see its load and log.' },
  LINK_CERTIFICATE_REFUSED: { retry: 'never', hint: 'Enrol the node with a new token.' },

  ENROL_INVALID: {
    retry: 'never',
    hint: 'Send JSON {"token":…,"csr":…} with a PKCS #10 request in PEM for a P-256 key.',
  },
  ENROL_REFUSED: { retry: 'never', hint: 'A token is good once and for a short time: ask for a new one.' },
  ENROL_LIMITED: { retry: 'later', hint: 'Wait as long as Retry-After says.' },
});

/** The fault for a server that could not listen; it names the option to change and how to see who holds the port. */
export function listenFault(cause: unknown, at: { host: string; port: number; setting: 'api' | 'link' }): Fault {
  const { code } = cause as { code?: string };
  const option = `--${at.setting}.port (${envName(cloudPrefix, [at.setting, 'port'])})`;
  const facts = { host: at.host, port: at.port, option };
  if (code === 'EADDRINUSE') {
    const look = `ss -ltnp 'sport = :${at.port}'`;
    const message = `port ${at.port} on ${at.host} is taken; see who holds it with ${look}, or choose another with ${option}`;
    return cloudFaults('PORT_TAKEN', message, { ...facts, look }, cause);
  }
  const why = cause instanceof Error ? cause.message : String(cause);
  return cloudFaults(
    'PORT_REFUSED',
    `cannot listen on ${at.host} port ${at.port}, set by ${option}: ${why}`,
    facts,
    cause,
  );
}

/** An RFC 9457 problem document, as every error of the HTTP interfaces is told. */
export interface Problem {
  /** `urn:selvedge:fault:<CODE>`. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  /** One line: what to do. */
  readonly hint: string;
  /** Every mistake of an invalid request. */
  readonly mistakes?: readonly string[];
}

/** The media type of a problem document. */
export const problemType = 'application/problem+json';

const statuses: Readonly<Record<string, readonly [status: number, title: string]>> = {
  API_INVALID: [400, 'Invalid request'],
  ENROL_INVALID: [400, 'Invalid request'],
  API_UNAUTHORIZED: [401, 'Not signed in'],
  API_SIGN_IN_REFUSED: [401, 'Sign-in refused'],
  LINK_CERTIFICATE_REFUSED: [401, 'Certificate refused'],
  API_ORIGIN_FOREIGN: [403, 'Foreign origin'],
  ENROL_REFUSED: [403, 'Enrolment refused'],
  API_NOT_FOUND: [404, 'Not found'],
  API_CONSOLE_MISSING: [404, 'Not found'],
  NODE_UNKNOWN: [404, 'Unknown node'],
  DEVICE_UNKNOWN: [404, 'Unknown device'],
  ALERT_UNKNOWN: [404, 'Unknown alert'],
  COMMAND_UNKNOWN: [404, 'Unknown command'],
  TWIN_UNFIT: [400, 'Unfit edit'],
  TWIN_EVENT_UNKNOWN: [404, 'Unknown event'],
  TWIN_MOMENT_PAST: [410, 'Not kept any more'],
  TWIN_CHANGED: [412, 'Changed meanwhile'],
  CONFIGURATION_UNKNOWN: [404, 'Unknown version'],
  SAGA_UNKNOWN: [404, 'Unknown saga'],
  CONFIGURATION_CHANGED: [412, 'Changed meanwhile'],
  CONFIGURATION_UNREAD: [428, 'Version required'],
  API_TOO_LARGE: [413, 'Too large'],
  API_MEDIA_UNKNOWN: [415, 'Unknown media type'],
  API_UPGRADE_NEEDED: [426, 'Upgrade required'],
  API_LIMITED: [429, 'Too many attempts'],
  ENROL_LIMITED: [429, 'Too many attempts'],
  API_BROKEN: [500, 'Internal failure'],
  LINK_DOWN: [503, 'Node not connected'],
  LINK_TIMEOUT: [504, 'Node did not answer'],
};

/**
 * Tells a failure to a client. A fault tells itself; anything else is a mistake of ours, of which the client learns
 * nothing but that it happened.
 */
export function problemOf(cause: unknown): Problem {
  const fault = cause instanceof Fault ? cause : cloudFaults('API_BROKEN', 'the request could not be answered');
  const [status, title] =
    statuses[fault.code] ?? (fault.retry === 'later' ? [503, 'Not now'] : [500, 'Internal failure']);
  const { mistakes } = fault.facts;
  return {
    type: `urn:selvedge:fault:${fault.code}`,
    title,
    status,
    detail: fault.message,
    code: fault.code,
    hint: fault.hint,
    ...(Array.isArray(mistakes) ? { mistakes: mistakes.map(String) } : {}),
  };
}
