/**
 * What leads from each format version to the next; `PRAGMA user_version` counts those done. A released one is never
 * changed, and has its way back in `migrations-back.ts`. Times are milliseconds since the Unix epoch; REAL, because a
 * device may say fractions of them.
 */
export const migrations: readonly string[] = [
  `
  create table journal (id integer primary key, node text not null, epoch text not null, unique (node, epoch));
  create table log (
    sequence integer primary key autoincrement,
    journal integer not null references journal (id),
    first_offset integer not null,
    count integer not null,
    klass integer not null,
    appended_at real not null,
    prev_hash blob not null,
    hash blob not null,
    body_digest blob not null,
    body_length integer not null,
    body blob
  );
  create unique index log_place on log (journal, first_offset);
  create table held (
    journal integer not null references journal (id),
    from_offset integer not null,
    to_offset integer not null,
    before blob not null,
    after blob not null,
    primary key (journal, from_offset)
  ) without rowid;
  create table aside (
    id integer primary key,
    journal integer not null references journal (id),
    whole integer not null,
    first_offset integer not null,
    count integer not null,
    code text not null,
    message text not null,
    at real not null,
    body blob not null,
    unique (journal, whole, first_offset)
  );
  create table consumer (name text primary key, position integer not null) without rowid;
  insert into consumer values ('all', 0);

  create table node (
    id text primary key, epoch text not null, first_seen real not null, last_seen real not null, report text
  );
  create table device (
    number integer primary key,
    id text not null unique,
    node text not null,
    name text not null,
    type text not null,
    first_seen real not null,
    last_seen real not null,
    online integer not null,
    readings_total integer not null,
    duplicates_total integer not null,
    latest text not null,
    latest_at real not null
  );
  create table name (
    device integer not null,
    boot integer not null,
    seq_from integer not null,
    seq_to integer not null,
    primary key (device, boot, seq_from)
  ) without rowid;
  create table tail (
    device integer not null,
    journal integer not null,
    rows integer not null,
    body blob not null,
    primary key (device, journal)
  ) without rowid;
  create index tail_journal on tail (journal);
  create table chunk (
    id integer primary key,
    device integer not null,
    journal integer not null,
    day integer not null,
    rows integer not null,
    offset_from integer not null,
    offset_to integer not null,
    taken_from real not null,
    taken_to real not null,
    boot_from integer,
    boot_to integer,
    seq_from integer,
    seq_to integer,
    metrics text not null,
    body blob not null
  );
  create index chunk_time on chunk (device, taken_from, taken_to);
  create index chunk_offset on chunk (journal, offset_from, offset_to);
  create index chunk_small on chunk (device, journal, day, rows) where rows < 512;

  create table alert (
    id text primary key,
    node text not null,
    device text not null,
    rule text not null,
    type text not null,
    severity text not null,
    metric text not null,
    value real not null,
    score real,
    message text not null,
    state text not null,
    count integer not null,
    raised_at real not null,
    last_at real not null,
    acknowledged_at real,
    acknowledged_by text,
    cleared_at real,
    cleared_by text,
    data text not null
  );
  create unique index alert_open on alert (device, rule) where state <> 'cleared';
  create index alert_last on alert (last_at);
  create index alert_state on alert (state, last_at);
  create index alert_device on alert (device, state, last_at);
  create table occurrence (id text primary key) without rowid;
  create table command (
    id text primary key,
    node text not null,
    device text not null,
    name text not null,
    arguments text not null,
    issued_at real not null,
    expires_at real not null,
    origin text not null,
    reason text not null,
    state text not null,
    sent_at real,
    delivered_at real,
    ended_at real,
    result text not null,
    known integer not null,
    presumed integer not null
  );
  create index command_issued on command (issued_at);
  create index command_device on command (device, issued_at);
  create index command_open on command (state, expires_at) where state in ('queued', 'sent');
  create table statistic (
    device text not null,
    window_from real not null,
    window_to real not null,
    metrics text not null,
    primary key (device, window_to, window_from)
  ) without rowid;
  create table quarantined (
    id integer primary key,
    node text not null,
    source text not null,
    topic text not null,
    received_at real not null,
    reason text not null,
    why text not null,
    payload text not null,
    payload_bytes integer not null
  );
  create index quarantined_source on quarantined (source);
  create table ledger (
    journal integer not null,
    source text not null,
    received integer not null,
    refused integer not null,
    duplicates integer not null,
    quarantined integer not null,
    journaled integer not null,
    primary key (journal, source)
  ) without rowid;
  create table gap (
    journal integer not null,
    offset integer not null,
    lane text not null,
    from_offset integer not null,
    to_offset integer not null,
    count integer not null,
    reason text not null,
    at real not null,
    primary key (journal, offset)
  ) without rowid;

  create table token (digest blob primary key, operator text not null) without rowid;
  create table once (
    digest blob primary key, kind text not null, subject text not null, until real not null, used_at real
  ) without rowid;
  `,
  `
  create table twin (
    device text primary key,
    node text not null,
    term integer not null,
    moved_at real not null,
    digest text not null,
    conflicts integer not null,
    fields text not null,
    confirmed text not null,
    updated_at real not null,
    sequence integer not null,
    history_first integer not null,
    history_from real not null
  ) without rowid;
  create index twin_node on twin (node, digest);
  create index twin_conflicts on twin (device) where conflicts > 0;
  create table twin_event (
    device text not null,
    sequence integer not null,
    id text not null,
    kind text not null,
    path text not null,
    at real not null,
    event text not null,
    field text not null,
    primary key (device, sequence),
    unique (device, id)
  );
  create index twin_event_path on twin_event (device, path, sequence);
  `,
  `
  create table time_correction (
    journal integer not null,
    from_offset integer not null,
    to_offset integer not null,
    by real not null,
    at real not null,
    primary key (journal, from_offset)
  ) without rowid;
  `,
  `
  create table fold (
    journal integer not null,
    from_offset integer not null,
    to_offset integer not null,
    source text not null,
    policy text not null,
    count integer not null,
    told integer not null,
    taken_from real not null,
    taken_to real not null,
    metrics text not null
  );
  create unique index fold_place on fold (journal, to_offset, from_offset, source);
  create index fold_time on fold (source, taken_from);
  `,
  `
  alter table device add column told_at real not null default 0;
  `,
  `
  create table configuration (
    node text not null,
    version integer not null,
    digest text not null,
    phase text not null,
    why text,
    by text not null,
    about text,
    proposed_at real not null,
    prepared_at real,
    applied_at real,
    ended_at real,
    settings text,
    primary key (node, version)
  ) without rowid;
  create unique index configuration_about on configuration (node, about) where about is not null;
  create table configured (node text primary key, said text not null, at real not null) without rowid;
  create table saga (
    id text primary key, status text not null, created_at real not null, revision integer not null, state text not null
  );
  create index saga_running on saga (created_at) where status = 'running';
  create table saga_event (
    saga text not null, sequence integer not null, at real not null, event text not null, primary key (saga, sequence)
  ) without rowid;
  alter table command add column fence integer;
  create index command_queued on command (node) where state = 'queued';
  `,
  `
  create table pruned (
    journal integer primary key,
    log_to integer not null,
    log_hash blob not null,
    log_at real not null,
    log_why text not null,
    records integer not null,
    readings integer not null,
    duplicates integer not null,
    lost integer not null,
    doubled integer not null,
    altered integer not null,
    expired integer not null,
    local integer not null,
    absent integer not null,
    aside integer not null,
    broken integer not null,
    imbalances integer not null,
    sealed_rows integer not null,
    sealed_sum integer not null,
    folds_to integer not null,
    folds_pruned_to integer not null,
    telemetry_to integer not null,
    telemetry_at real not null,
    telemetry_why text not null,
    telemetry_readings integer not null,
    gone integer not null
  );
  create table pruned_source (
    journal integer not null,
    source text not null,
    received integer not null,
    refused integer not null,
    duplicates integer not null,
    quarantined integer not null,
    journaled integer not null,
    folded integer not null,
    withheld integer not null,
    expired integer not null,
    fold_rows integer not null,
    fold_sum integer not null,
    primary key (journal, source)
  ) without rowid;
  create table pruned_absent (
    journal integer not null, offset integer not null, what text not null, primary key (journal, offset)
  ) without rowid;
  create table pruned_name (
    device integer not null,
    boot integer not null,
    seq_from integer not null,
    seq_to integer not null,
    primary key (device, boot, seq_from)
  ) without rowid;
  create table pruned_place (
    journal integer not null, hour integer not null, to_offset integer not null, primary key (journal, hour)
  ) without rowid;
  create index chunk_end on chunk (journal, offset_to);
  create index alert_cleared on alert (cleared_at) where cleared_at is not null;
  create index command_ended on command (ended_at) where ended_at is not null;
  create index statistic_end on statistic (window_to);
  create index quarantined_at on quarantined (received_at);
  create index aside_at on aside (at);
  `,
  `
  alter table time_correction add column unknown text;
  `,
  `
  alter table once add column used_by blob;
  `,
  `
  alter table occurrence add column at integer not null default 0;
  update occurrence set at = coalesce((select min(max(last_at), unixepoch() * 1000) from alert), 0);
  create index occurrence_at on occurrence (at);
  `,
];
