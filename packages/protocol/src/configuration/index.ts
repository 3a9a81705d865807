export * from './change.ts';
export * from './document.ts';
export * from './frames.ts';
