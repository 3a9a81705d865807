import { topics } from '@selvedge/protocol';
import { intakeFaults } from '../../engines/intake/faults.ts';
import { type DeviceIntake, type Gate, type Taken, verdict } from '../../ports.ts';
import { authorize } from './admission.ts';
import type { InflateLimits } from './body/inflate.ts';
import { type Answer, deviceOf, type Handler, smallBody } from './exchange.ts';
import { unfit } from './readings.ts';

export interface StatusParts {
  readonly gate: Gate;
  readonly intake: DeviceIntake;
  readonly small: InflateLimits;
}

/** `POST /v1/devices/{id}/status`: `online`, `offline` or a JSON object; answers 202 when it is durable. */
export function postStatus({ gate, intake, small }: StatusParts): Handler {
  return async (exchange) => {
    const device = deviceOf(exchange);
    await authorize(gate, exchange, 'publish', topics.status(device));
    const body = await smallBody(exchange, small);
    return answerTaken(intake, () => intake.takeStatus(device, body, 0, body.length));
  };
}

/** Takes one payload and answers when it is durable, as a reading or in quarantine. */
export async function answerTaken(intake: DeviceIntake, take: () => Taken): Promise<Answer> {
  const { verdict: result, failure } = take();
  if (result === verdict.refused) throw intakeFaults('INTAKE_DEVICES_FULL', 'the node has as many devices as it may');
  await intake.commit();
  return failure ? unfit(failure) : { status: 202, body: { taken: 1 } };
}
