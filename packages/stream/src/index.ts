export * from './guard.ts';
export * from './panes.ts';
export * from './sliding-window.ts';
export * from './z-score.ts';
