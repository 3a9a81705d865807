/** Columns that every row or batch may fill; those of values follow. Numbers are for ever. */
export const column = {
  mask: 0,
  series: 1,
  device: 2,
  shape: 3,
  flags: 4,
  quality: 5,
  boot: 6,
  seq: 7,
  received: 8,
  taken: 9,
  length: 10,
  batchKind: 11,
  klass: 12,
  batchCount: 13,
  appended: 14,
  changes: 15,
  form: 16,
  text: 17,
  seconds: 18,
  /** Eight of them: the bytes of doubles that are no short decimals. */
  raw: 24,
} as const;

export const fixedColumns = 32;
