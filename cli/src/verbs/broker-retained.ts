import { isFault } from '@selvedge/kernel';
import { misused, wholeNumber } from '../arguments.ts';
import { edgeAt, edgeOptions } from '../edge-at.ts';
import type { RetainedView } from '../edge-views.ts';
import type { ExitCode } from '../exit.ts';
import { retainedJson } from '../shapes/broker.ts';
import { table } from '../text/columns.ts';
import { sayBytes, sayTime } from '../text/say.ts';
import type { Verb, VerbContext } from '../verb.ts';

export const brokerRetained: Verb = {
  path: ['broker', 'retained'],
  summary: 'Browse the retained messages of an edge node, or clear one.',
  arguments: [{ name: 'FILTER', doc: 'Only topics that this filter matches; default #.', optional: true }],
  options: {
    after: { kind: 'text', value: 'TOPIC', doc: 'Only topics behind this one.' },
    limit: { kind: 'text', value: 'N', doc: 'At most so many; default 100.' },
    clear: { kind: 'text', value: 'TOPIC', doc: 'Clear what is retained at this topic; who subscribed hears of it.' },
    ...edgeOptions,
  },
  examples: ["selvedge broker retained 'devices/#'", 'selvedge broker retained --clear devices/pump-7/status'],
  talks: false,
  async run(context) {
    const topic = context.given.text('clear');
    return topic === undefined ? browse(context) : clear(context, topic);
  },
};

async function browse(context: VerbContext): Promise<ExitCode | undefined> {
  const { given, answer } = context;
  const limit = wholeNumber(given, brokerRetained, 'limit', { min: 1, max: 1_000 }) ?? 100;
  const query = { filter: given.argument('FILTER') ?? '#', after: given.text('after'), limit };
  const { messages, more } = await edgeAt(context).get<{ messages: readonly RetainedView[]; more: boolean }>(
    '/v1/broker/retained',
    query,
  );
  const rows = messages.map(({ topic, qos, payloadBytes, from, expiresAt, preview }) => [
    topic,
    String(qos),
    sayBytes(payloadBytes),
    from ?? 'the node',
    sayTime(expiresAt),
    preview,
  ]);
  const head = ['topic', 'qos', 'size', 'from', 'expires', 'payload'];
  const rest = more ? `There are more: --after ${messages.at(-1)?.topic ?? ''}\n` : '';
  answer({ messages: messages.map(retainedJson), more }, table(head, rows, 'Nothing is retained there.') + rest);
  return undefined;
}

async function clear(context: VerbContext, topic: string): Promise<ExitCode | undefined> {
  if (context.given.argument('FILTER') !== undefined)
    throw misused(brokerRetained, '--clear takes no FILTER beside it');
  let cleared = true;
  try {
    await edgeAt(context).remove(`/v1/broker/retained/${encodeURIComponent(topic)}`);
  } catch (cause) {
    if (!isFault(cause, 'OPERATION_ABSENT')) throw cause;
    cleared = false;
  }
  context.answer({ topic, cleared }, `${topic} is ${cleared ? 'cleared' : 'already clear'}.\n`);
  return undefined;
}
