import { misused } from '../arguments.ts';
import { readValue, sayTwin, type TwinView, twinJson, twinPath } from '../shapes/twin.ts';
import type { Given, Verb } from '../verb.ts';

export const twinSet: Verb = {
  path: ['twin', 'set'],
  summary: 'Edit the twin of a device; the node and the device get it now, or when they are there.',
  arguments: [{ name: 'DEVICE', doc: 'The device.' }],
  options: {
    desired: {
      kind: 'list',
      value: 'NAME=VALUE',
      doc: 'What it should do. VALUE is JSON, else text; null deletes. Repeatable.',
    },
    tag: { kind: 'list', value: 'NAME=VALUE', doc: 'What is known of it. Repeatable.' },
    policy: {
      kind: 'list',
      value: 'PATH=POLICY',
      doc: 'What counts when edits cross: latest, edge, cloud, min, max, union or manual. Repeatable.',
    },
    'if-version': { kind: 'text', value: 'VERSION', doc: 'Only if the twin still has this version.' },
  },
  examples: [
    'selvedge twin set pump-7 --desired interval=5 --tag hall=A',
    'selvedge twin set pump-7 --policy desired.limit=min',
  ],
  talks: true,
  async run({ given, cloud, answer }) {
    const sections = { desired: pairs(given, 'desired'), tags: pairs(given, 'tag'), policy: pairs(given, 'policy') };
    const body = Object.fromEntries(Object.entries(sections).filter(([, fields]) => Object.keys(fields).length > 0));
    if (Object.keys(body).length === 0) throw misused(twinSet, 'nothing is set: give --desired, --tag or --policy');
    const path = twinPath(given.argument('DEVICE')!);
    const twin = await cloud().patch<TwinView>(path, body, given.text('if-version'));
    answer(twinJson(twin), sayTwin(twin));
    return undefined;
  },
};

function pairs(given: Given, name: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    given.list(name).map((pair): [string, unknown] => {
      const at = pair.indexOf('=');
      if (at < 1) throw misused(twinSet, `--${name} is "${pair}", it must be NAME=VALUE`);
      return [pair.slice(0, at), readValue(pair.slice(at + 1))];
    }),
  );
}
