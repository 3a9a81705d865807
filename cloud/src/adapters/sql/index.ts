export * from './faults.ts';
export * from './store.ts';
