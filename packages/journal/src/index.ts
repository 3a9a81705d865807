export { memoryDisk } from './adapters/memory/disk.ts';
export * from './chain.ts';
export * from './copy.ts';
export * from './disk.ts';
export * from './faults.ts';
export * from './journal.ts';
export * from './metrics.ts';
export { journal } from './open-journal.ts';
export * from './visit-records.ts';
