import { intakeFaults } from '../../engines/intake/faults.ts';
import { type DeviceIntake, type Taken, verdict } from '../../ports.ts';
import { coapDoorFaults } from './faults.ts';

/**
 * Takes payloads in this turn and settles when they are durable. Throws what refused them, and COAP_UNFIT when one was put
 * into quarantine, which is durable too.
 */
export async function durably(intake: DeviceIntake, takings: readonly (() => Taken)[]): Promise<void> {
  let refusal: { readonly cause: unknown } | undefined;
  let failure: Taken['failure'];
  try {
    for (const take of takings) {
      const taken = take();
      if (taken.verdict === verdict.refused)
        throw intakeFaults('INTAKE_DEVICES_FULL', 'the node has as many devices as it may');
      failure ??= taken.failure;
    }
  } catch (cause) {
    refusal = { cause };
  }
  // Also for what was taken before a refusal: nobody else would ask what became of it.
  await intake.commit();
  if (refusal) throw refusal.cause;
  if (failure) throw coapDoorFaults('COAP_UNFIT', `${failure.reason}: ${failure.why}`, { reason: failure.reason });
}
