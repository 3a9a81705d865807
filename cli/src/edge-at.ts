import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { edgeApi } from './adapters/http/edge.ts';
import { dataOption } from './arguments.ts';
import { cliFaults } from './faults.ts';
import { portsFrom } from './port-table.ts';
import type { EdgeApi } from './ports.ts';
import type { OptionRow, VerbContext } from './verb.ts';

/** Verbs that talk to an edge node have these. */
export const edgeOptions: Readonly<Record<string, OptionRow>> = {
  edge: { kind: 'text', value: 'URL', doc: 'Where the edge node serves HTTP; else this machine.' },
  token: { kind: 'text', value: 'TOKEN', doc: "Who asks; else the operator.token of the node's data folder." },
  data: dataOption,
};

/** The edge node that is meant, with the operator's token. Throws EDGE_TOKEN_MISSING. */
export function edgeAt(context: VerbContext): EdgeApi {
  const { given, portBase } = context;
  const url = given.text('edge') ?? `http://127.0.0.1:${portsFrom(portBase).edgeHttp}`;
  return edgeApi({ url, token: given.text('token') ?? tokenOf(context.data) }, context);
}

function tokenOf(data: string): string {
  const file = join(data, 'edge', 'operator.token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw cliFaults('EDGE_TOKEN_MISSING', `no token was given, and ${file} cannot be read`, { file }, cause);
  }
}
