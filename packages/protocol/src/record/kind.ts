/** First byte of every journal record. Numbers are for ever; new kinds go last. */
export const recordKind = {
  reading: 1,
  alert: 2,
  command: 3,
  commandState: 4,
  status: 5,
  statistics: 6,
  quarantine: 7,
  ledger: 8,
  gap: 9,
  fold: 10,
  twin: 11,
  configuration: 12,
  time: 14,
} as const;

export type RecordKind = (typeof recordKind)[keyof typeof recordKind];
export type RecordKindName = keyof typeof recordKind;

/**
 * The journal's classes, which are the link's lanes, most urgent first. The order is the class number in batches, so it
 * never changes. `local` is what is kept at the site: of its batches only the places in the chain are shipped.
 */
export const lanes = ['critical', 'high', 'medium', 'low', 'local'] as const;
export type Lane = (typeof lanes)[number];

const laneOfKind: Readonly<Record<RecordKindName, Lane>> = {
  alert: 'critical',
  command: 'critical',
  commandState: 'critical',
  reading: 'high',
  status: 'medium',
  statistics: 'medium',
  gap: 'medium',
  quarantine: 'low',
  ledger: 'low',
  fold: 'medium',
  twin: 'high',
  configuration: 'high',
  time: 'medium',
};

/** The class number under which a kind of record is journaled and shipped. */
export const classOf = (kind: RecordKindName): number => lanes.indexOf(laneOfKind[kind]);

/** The class of readings that never leave the site with their values. */
export const localClass = lanes.indexOf('local');

/** The classes in which readings are journaled, whatever became of them. */
export const readingClasses: readonly number[] = [1, 2, 3, localClass];
