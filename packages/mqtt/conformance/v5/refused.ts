import assert from 'node:assert/strict';
import type { Client } from '../support/client.ts';

/** A filter that is none: the SUBACK refuses it, or the connection ends. */
export async function refusedOrClosed(client: Client): Promise<void> {
  const answer = await client.settled().catch(() => undefined);
  if (answer)
    assert.ok(
      answer[0]?.codes?.every((code) => code >= 0x80),
      JSON.stringify(answer),
    );
  else await client.closes(0x81, 0x82, 0x8f);
}
