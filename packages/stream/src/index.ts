export * from './guard.ts';
export * from './panes.ts';
export { type SamplePages, samplePages } from './sample-pages.ts';
export * from './sliding-window.ts';
export * from './z-score.ts';
