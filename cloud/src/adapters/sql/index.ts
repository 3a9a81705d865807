export * from './backup.ts';
export * from './faults.ts';
export * from './migrate.ts';
export * from './store.ts';
