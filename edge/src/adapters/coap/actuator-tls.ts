import { readFile } from 'node:fs/promises';
import type { EdgeConfig } from '../../config.ts';
import type { Identity } from '../../ports.ts';
import { coapDoorFaults } from './faults.ts';

/** What a connection to an actuator shows and believes, all PEM. */
export interface ActuatorTls {
  readonly key: string;
  readonly cert: string;
  readonly ca: string;
}

/**
 * From the files of the configuration, and for what it leaves out from the node's own identity, which rejects while it
 * has none. Throws COAP_TLS_FILE_UNREADABLE.
 */
export async function actuatorTls(
  { authority, certificate, key }: EdgeConfig['actuators'],
  identity: () => Promise<Identity>,
): Promise<ActuatorTls> {
  if ((certificate === '') !== (key === ''))
    throw coapDoorFaults('COAP_TLS_FILE_UNREADABLE', 'one of actuators.certificate and actuators.key is missing');
  const own = authority === '' || certificate === '' ? await identity() : undefined;
  return {
    ca: authority === '' ? own!.authority : await fileOf('authority', authority),
    cert: certificate === '' ? own!.certificate : await fileOf('certificate', certificate),
    key: key === '' ? own!.key : await fileOf('key', key),
  };
}

async function fileOf(setting: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw coapDoorFaults('COAP_TLS_FILE_UNREADABLE', `actuators.${setting}: ${said}`, { setting, path }, cause);
  }
}
