import type { TwinRecord } from '@selvedge/protocol';
import type { Kysely } from 'kysely';
import { freshTwin, recordArrived, type TwinState, type TwinStep } from '../../../engines/twin/fold-twin.ts';
import { bulk } from '../bulk.ts';
import type { Tables } from '../tables.ts';
import { saveTwin } from '../twin-rows.ts';
import { twinState } from '../twins.ts';
import type { ArrivedRecord } from './gather.ts';

/** The twins' part of a step. */
export interface TwinsWriter {
  fold(db: Kysely<Tables>, arrived: readonly ArrivedRecord<TwinRecord>[], now: number): Promise<void>;
}

export function twinsWriter(db: Kysely<Tables>): TwinsWriter {
  const find = bulk(db.selectFrom('twin').selectAll().where('device', '=', ''));
  return {
    async fold(on, arrived, now) {
      const devices = [...new Set(arrived.map(({ body }) => body.device))];
      const rows = await find.run(
        on,
        devices.map((device) => [device]),
      );
      const states = new Map<string, TwinState>(rows.map((row) => [row.device, twinState(row)]));
      const steps = new Map<string, TwinStep[]>(devices.map((device) => [device, []]));
      for (const { body, node } of arrived) {
        const before = states.get(body.device) ?? freshTwin(body.device, node, Math.min(body.at, now));
        const folded = recordArrived(before, body, node, now);
        states.set(body.device, folded.state);
        steps.get(body.device)!.push(...folded.steps);
      }
      for (const device of devices) await saveTwin(on, states.get(device)!, steps.get(device)!, now);
    },
  };
}
