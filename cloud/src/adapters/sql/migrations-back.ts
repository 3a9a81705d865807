/** How a format is left for the one before it. */
export interface WayBack {
  readonly statements: string;
  /** What goes with it, as a question to the database that answers how many, and what they are called. */
  readonly loses?: readonly (readonly [query: string, what: string])[];
  /** What the format before cannot live with: while there is any of it there is no way back. */
  readonly bars?: readonly (readonly [query: string, what: string])[];
}

const all = (table: string): string => `select count(*) from ${table}`;

/** For each format version after the first, in the order of `migrations`. */
export const waysBack: readonly WayBack[] = [
  {
    statements: 'drop table twin; drop table twin_event;',
    loses: [
      [all('twin'), 'twins'],
      [all('twin_event'), 'events of twins'],
    ],
  },
  {
    statements: 'drop table time_correction;',
    loses: [[all('time_correction'), 'corrections of time']],
  },
  {
    statements: 'drop table fold;',
    loses: [[all('fold'), 'aggregates of readings that stayed at the site']],
    bars: [
      ['select count(*) from log where length(body_digest) = 0', 'runs of records that stay at the site, in the log'],
    ],
  },
  { statements: 'alter table device drop column told_at;' },
  {
    statements: `
      drop table configuration; drop table configured; drop table saga; drop table saga_event;
      drop index command_queued; alter table command drop column fence;`,
    loses: [
      [all('configuration'), 'versions of configurations'],
      [all('saga'), 'sagas'],
    ],
    bars: [["select count(*) from saga where status = 'running'", 'sagas that are under way']],
  },
  {
    statements: `
      drop table pruned; drop table pruned_source; drop table pruned_absent; drop table pruned_name;
      drop table pruned_place; drop index chunk_end; drop index alert_cleared; drop index command_ended;
      drop index statistic_end; drop index quarantined_at; drop index aside_at;`,
    bars: [
      [
        'select count(*) from pruned where log_to > 0 or telemetry_to > 0',
        'journals of which retention has pruned a part, which an older audit would take for lost',
      ],
    ],
  },
  {
    statements: `
      delete from time_correction where unknown is not null;
      alter table time_correction drop column unknown;`,
    loses: [
      [`${all('time_correction')} where unknown is not null`, 'runs of offsets of which nobody knows the true time'],
    ],
  },
  { statements: 'alter table once drop column used_by;' },
  { statements: 'drop index occurrence_at; alter table occurrence drop column at;' },
];
