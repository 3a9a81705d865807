import { encodeDisconnect } from '../packets/disconnect.ts';
import { reasonName } from '../reason.ts';
import type { Connection } from './connection.ts';

/** Closes a connection and tells a version 5 client which server to use instead (section 4.11). */
export function redirect(connection: Connection, code: number, serverReference: string): void {
  const bytes = encodeDisconnect(code, undefined, serverReference);
  const told = connection.phase === 'open' && connection.version === 5 && bytes.length <= connection.out.packetSizeMax;
  if (!told) {
    connection.close(code);
    return;
  }
  connection.out.send(bytes);
  connection.closeSilently(reasonName(code));
}
