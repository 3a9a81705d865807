export * from './explain-config.ts';
export * from './fields.ts';
export * from './read-config.ts';
