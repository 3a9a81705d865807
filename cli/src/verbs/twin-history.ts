import { wholeNumber } from '../arguments.ts';
import { sayValue, type TwinEventView, twinEventJson, twinPath } from '../shapes/twin.ts';
import { table } from '../text/columns.ts';
import { sayTime } from '../text/say.ts';
import type { Verb } from '../verb.ts';

export const twinHistory: Verb = {
  path: ['twin', 'history'],
  summary: 'List what happened to a twin, the latest first.',
  arguments: [{ name: 'DEVICE', doc: 'The device.' }],
  options: {
    limit: { kind: 'text', value: 'N', doc: 'At most so many; default 50.' },
    before: { kind: 'text', value: 'SEQUENCE', doc: 'Only events before this one, to turn the page.' },
  },
  examples: ['selvedge twin history pump-7'],
  talks: true,
  async run({ given, cloud, answer }) {
    const query = {
      limit: wholeNumber(given, twinHistory, 'limit', { min: 1, max: 1_000 }) ?? 50,
      before: wholeNumber(given, twinHistory, 'before', { min: 1, max: Number.MAX_SAFE_INTEGER }),
    };
    const path = `${twinPath(given.argument('DEVICE')!)}/history`;
    const { events } = await cloud().get<{ events: readonly TwinEventView[] }>(path, query);
    const rows = events.map((event) => [event.id, sayTime(event.at), event.kind, event.path, sayEvent(event)]);
    const head = ['event', 'time', 'kind', 'field', 'what'];
    answer({ events: events.map(twinEventJson) }, table(head, rows, 'Nothing has happened to this twin.'));
    return undefined;
  },
};

function sayEvent({ kind, writes, before, after, policy, parked, about }: TwinEventView): string {
  switch (kind) {
    case 'edit':
      return `${sayValue(before)} → ${sayValue(after)} by ${writes[0]?.by ?? '?'}${about === null ? '' : `, about ${about}`}`;
    case 'conflict': {
      const both = writes.map(({ side, value }) => `${side} ${sayValue(value)}`).join(', ');
      return `${both}: ${parked ? 'waits for a person' : `${policy ?? 'latest'} gives ${sayValue(after)}`}`;
    }
    case 'clamp':
      return 'its clock was ahead, so it counts as made when it arrived';
  }
}
