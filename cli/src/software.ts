import manifest from '../package.json' with { type: 'json' };

/** The version of this command line. */
export const software: string = manifest.version;

/** Milliseconds since the Unix epoch: this program did not exist before, so no true clock says less. */
export const builtAt: number = Date.UTC(2025, 0, 1);
