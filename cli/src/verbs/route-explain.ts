import { edgeAt, edgeOptions } from '../edge-at.ts';
import type { RouteView } from '../edge-views.ts';
import { sayAgo } from '../text/say.ts';
import { snakeCase } from '../text/snake.ts';
import type { Verb } from '../verb.ts';

export const routeExplain: Verb = {
  path: ['route', 'explain'],
  summary: 'Say why the readings of a device are sent, folded or kept at an edge node, and what would change it.',
  arguments: [{ name: 'DEVICE', doc: 'Id of the device.' }],
  options: edgeOptions,
  examples: ['selvedge route explain pump-7', "selvedge route explain pump-7 --json | jq '.streams[].action'"],
  talks: false,
  async run(context) {
    const { given, clock, answer } = context;
    const device = given.argument('DEVICE') ?? '';
    const found = await edgeAt(context).get<RouteView>(`/v1/routes/${encodeURIComponent(device)}`);
    answer(routeJson(found), routeText(found, clock.wall()));
    return undefined;
  },
};

/** The explanation as `--json` gives it; times are milliseconds since the Unix epoch. */
function routeJson({ device, inputs, streams }: RouteView): unknown {
  const told = streams.map(({ since, settledUntil, inputsThen, ...stream }) => ({
    ...stream,
    since_ms: since,
    settled_until_ms: settledUntil,
    inputs_then: snakeCase(inputsThen),
  }));
  return { device, inputs: snakeCase(inputs), streams: told };
}

function routeText({ device, inputs, streams }: RouteView, now: number): string {
  const link = Object.entries(inputs).map(([name, value]) => `${name} ${shown(value)}`);
  return [`${device}, where ${link.join(', ')}\n`, ...streams.map((stream) => streamText(stream, now))].join('');
}

function streamText(stream: RouteView['streams'][number], now: number): string {
  const { values, policy, action, why, since, settledUntil, lane, changes } = stream;
  const name = values.length === 0 ? 'any reading' : values.join(', ');
  const how = action === 'nothing' || action === 'folded' ? action : `${action}, in lane ${lane}`;
  const lines = [
    `${name}: ${how}`,
    `  policy ${policy ?? 'none'}; ${why}`,
    since === null ? '' : `  since ${sayAgo(since, now)}`,
    settledUntil !== null && settledUntil > now
      ? `  settled for ${Math.ceil((settledUntil - now) / 1_000)} s more`
      : '',
    stream.private.length === 0 ? '' : `  never leaves the site: ${stream.private.join(', ')}`,
    ...changes.map(({ to, when }) => `  would be ${to}: ${when}`),
  ];
  return lines
    .filter((line) => line !== '')
    .map((line) => `${line}\n`)
    .join('');
}

const shown = (value: number | string): string =>
  typeof value === 'number' ? String(Math.round(value * 1_000) / 1_000) : value;
