/** Runs in a process of its own, because a bundler takes memory that `up` would keep. The argument is the build script. */
import { pathToFileURL } from 'node:url';
import { describeFailure } from '@selvedge/kernel';

try {
  const { buildConsole } = (await import(pathToFileURL(process.argv[2]!).href)) as { buildConsole(): Promise<object> };
  process.send?.({ ready: true, ...(await buildConsole()) });
} catch (cause) {
  process.send?.({ failed: describeFailure(cause) });
}
process.disconnect();
