import { changedFrame } from '../../../cloud/src/engines/twin/sync.ts';
import type { Site } from '../cast/site.ts';

export const device = 'pump-7';

/** A field of a twin with what it shall say; `desired.a`, or `policy.desired`. */
export interface FieldEdit {
  readonly path: string;
  readonly value: unknown;
}

/** As an operator does by the API of the cloud. Settles when it is acknowledged. */
export async function editInCloud({ cloud }: Site, edit: FieldEdit): Promise<void> {
  const { store, links } = cloud.plane!;
  const now = cloud.machine.life!.clock.wall();
  const done = await store.twins.wish(device, { kind: 'patch', sections: patchOf(edit) }, { by: 'operator:ada', now });
  if (done.kind === 'refused') throw new Error(done.why);
  if (done.hasChanged) links.sendTwin(done.view.node, changedFrame(done.part));
}

/** As an operator at the site does. */
export async function editAtEdge({ edges }: Site, edit: FieldEdit): Promise<void> {
  await edges[0]!.node!.twins.edit(device, patchOf(edit), { by: 'operator:bob', from: 'operator' });
}

/** As the device does. */
export async function report({ edges }: Site, topic: string, payload: object): Promise<void> {
  const intake = edges[0]!.intake!;
  const bytes = Buffer.from(JSON.stringify(payload));
  intake.take(topic, bytes, 0, bytes.length);
  await intake.commit();
}

function patchOf({ path, value }: FieldEdit): Readonly<Record<string, unknown>> {
  const [section = '', name = ''] = path.split('.');
  return { [section]: { [name]: value } };
}
