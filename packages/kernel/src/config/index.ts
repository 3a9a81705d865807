export * from './explain-config.ts';
export * from './faults.ts';
export * from './fields.ts';
export * from './read-config.ts';
export * from './read-flags.ts';
