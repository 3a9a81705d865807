/**
 * The outside world for `test:world` and the benches: real servers and clients, each ended by its own handle. Run with
 * names of Debian packages, or none for all that the tests use, it installs what is missing.
 */
import { type DebianPackage, debianPackages, ensureDebian } from './world/debian.ts';
import { Missing } from './world/missing.ts';

export { findChromium } from './world/chromium.ts';
export { type DebianPackage, ensureDebian, findCommand } from './world/debian.ts';
export { Missing, needs } from './world/missing.ts';
export { freePort, type Mosquitto, startMosquitto } from './world/mosquitto.ts';
export { type Ended, type Watched, watch } from './world/watch.ts';

if (import.meta.main) {
  const named = process.argv.slice(2) as DebianPackage[];
  await ensureDebian(named.length > 0 ? named : debianPackages).catch((cause: unknown) => {
    if (!(cause instanceof Missing)) throw cause;
    // The tests that need it say so again, and are skipped.
    process.stderr.write(`Error: ${cause.message}\nTry: ${cause.advice}\n`);
  });
}
