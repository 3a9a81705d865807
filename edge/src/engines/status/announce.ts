import { alertMessage, type JsonRecord, topics } from '@selvedge/protocol';
import type { Outlet } from '../../ports.ts';

/** Tells those who listen locally of the alerts among records that are durable now. */
export function announce(outlet: Pick<Outlet, 'publish'>, records: readonly JsonRecord[]): void {
  for (const record of records) {
    if (record.kind !== 'alert') continue;
    const payload = Buffer.from(JSON.stringify(alertMessage(record.body)), 'utf8');
    outlet.publish({ topic: topics.alert(record.body.device), payload, qos: 1 });
  }
}
