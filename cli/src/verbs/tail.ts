import { misused, wholeNumber } from '../arguments.ts';
import { exitCodes } from '../exit.ts';
import { feedJson, feedSubject, feedText } from '../shapes/feed.ts';
import type { Verb } from '../verb.ts';

const kinds = ['reading', 'alert', 'command', 'node'];

export const tail: Verb = {
  path: ['tail'],
  summary: 'Follow readings, alerts and commands as they reach the cloud, until Ctrl-C.',
  arguments: [{ name: 'DEVICE', doc: 'Only what is about this device.', optional: true }],
  options: {
    kind: { kind: 'list', value: 'KIND', doc: `Only these kinds: ${kinds.join(', ')}. May be repeated.` },
    count: { kind: 'text', value: 'N', doc: 'End after so many events.' },
  },
  examples: ['selvedge tail pump-7', 'selvedge tail --kind alert --json'],
  talks: true,
  async run({ given, cloud, json, out, signal }) {
    const device = given.argument('DEVICE');
    const wanted = given.list('kind');
    const unknown = wanted.find((kind) => !kinds.includes(kind));
    if (unknown !== undefined) throw misused(tail, `there is no kind "${unknown}"; there are ${kinds.join(', ')}`);
    let left = wholeNumber(given, tail, 'count', { min: 1, max: 1e9 }) ?? Number.POSITIVE_INFINITY;
    let told = false;
    for await (const event of cloud().feed(signal)) {
      if (event.kind === 'hello') {
        if (told && !event.resumed)
          out.complain('The feed has a gap here: the cloud no longer had all that was missed.\n');
        told = true;
        continue;
      }
      if (wanted.length > 0 && !wanted.includes(event.kind)) continue;
      if (device !== undefined && feedSubject(event) !== device) continue;
      out.write(`${json ? JSON.stringify(feedJson(event)) : feedText(event)}\n`);
      left -= 1;
      if (left === 0) break;
    }
    return exitCodes.done;
  },
};
