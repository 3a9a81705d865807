export type { AeadName } from './aead.ts';
export { type OscoreContext, type OscoreContextOptions, oscoreContext } from './context.ts';
export { oscoreFaults } from './faults.ts';
export { oscoreMetrics } from './metrics.ts';
export { defaultOscoreLimits, type Oscore, type OscoreOptions, type OscoreWorld, oscore } from './oscore.ts';
export type { OscoreState, ReplayStore } from './ports.ts';
export type { WindowState } from './replay-window.ts';
