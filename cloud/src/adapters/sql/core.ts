import type { Kysely } from 'kysely';
import type { Auditor, Configurations, Quarantine, Telemetry, Twins } from '../../ports.ts';
import { type AccessTable, accessTable } from './access.ts';
import { type AlertTable, alertTable } from './alerts.ts';
import { auditTable } from './audit/audit.ts';
import { chunks } from './chunks.ts';
import { type CommandTable, commandTable } from './commands.ts';
import { configurationTable } from './configurations.ts';
import { type LogTable, logTable } from './log.ts';
import { type Projector, projector } from './project/step.ts';
import { quarantineTable } from './quarantine.ts';
import { alertRaiser } from './raise-alert.ts';
import { type RegistryTable, registryTable } from './registry.ts';
import { type RetentionTable, retentionTable } from './retention/retention.ts';
import { type SagaTable, sagaTable } from './sagas.ts';
import type { Tables } from './tables.ts';
import { telemetryTable } from './telemetry.ts';
import { twinTable } from './twins.ts';

/**
 * Everything that is done beside the database: in the same thread, or in a worker to which each call is one message. Its
 * methods take and give plain data, know no clock and no chance, and each writing one is one transaction.
 */
export interface Core {
  readonly log: LogTable;
  readonly projector: Projector;
  readonly registry: RegistryTable;
  readonly telemetry: Telemetry;
  readonly alerts: AlertTable & { readonly raise: ReturnType<typeof alertRaiser> };
  readonly commands: CommandTable;
  readonly quarantine: Quarantine;
  readonly twins: Twins;
  readonly configurations: Configurations;
  readonly sagas: SagaTable;
  readonly auditor: Auditor;
  readonly retention: RetentionTable;
  readonly access: AccessTable;
}

export interface CoreWorld {
  readonly db: Kysely<Tables>;
  /** What audits read through, so that they do not keep others waiting; may be `db`. */
  readonly auditDb: Kysely<Tables>;
  /** Lets others have their turn between two pieces of a long work. */
  readonly pause: () => Promise<void>;
}

export function core({ db, auditDb, pause }: CoreWorld): Core {
  const opener = chunks();
  return {
    log: logTable(db),
    projector: projector(db, opener),
    registry: registryTable(db),
    telemetry: telemetryTable(db, opener),
    alerts: { ...alertTable(db), raise: alertRaiser(db) },
    commands: commandTable(db),
    quarantine: quarantineTable(db),
    twins: twinTable(db),
    configurations: configurationTable(db),
    sagas: sagaTable(db),
    auditor: auditTable(auditDb, opener, pause),
    retention: retentionTable(db, { db: auditDb, chunks: opener, pause }),
    access: accessTable(db),
  };
}
