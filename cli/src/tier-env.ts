type Env = Readonly<Record<string, string | undefined>>;

/** Variables that are the command line's own, though their names begin like those of a tier's settings. */
const ours = new Set(['SELVEDGE_CLOUD_URL']);

/** The environment as a tier may see it: a tier refuses names under its prefix that it does not know. */
export const tierEnv = (env: Env): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !ours.has(name)));
