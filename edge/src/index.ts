export { diskSnapshots } from './adapters/disk/snapshots.ts';
export * from './config.ts';
export * from './engines/rules/rule.ts';
export * from './faults.ts';
export * from './machine.ts';
export * from './metrics.ts';
export * from './node.ts';
export * from './ports.ts';
