import type { Log } from '@selvedge/kernel';
import type { Core } from './core.ts';
import type { Host } from './host.ts';
import { type CallWorker, spawnWorker } from './worker-call.ts';

/** Works in two threads: one writes, one reads. Each call is one message there and one back. */
export async function workerHost(path: string, log: Log): Promise<Host> {
  // Both load their program at once; the reader opens the file when the writer has brought it to our format.
  const writer = spawnWorker('store-writer', { path, readOnly: false }, log);
  const reader = spawnWorker('store-reader', { path, readOnly: true }, log);
  const close = async (): Promise<void> => {
    await reader.end();
    await writer.end();
  };
  try {
    await writer.open();
    await reader.open();
  } catch (cause) {
    await close();
    throw cause;
  }
  return { writer: remote(writer.call), reader: remote(reader.call), close };
}

/** `core.alerts.list(filter)` becomes `call('alerts', 'list', [filter])`. */
function remote(call: CallWorker): Core {
  return new Proxy({} as Core, {
    get: (_, part) =>
      new Proxy(
        {},
        {
          get:
            (__, method) =>
            (...given: readonly unknown[]) =>
              call(String(part), String(method), given),
        },
      ),
  });
}
