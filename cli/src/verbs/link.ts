import { type LinkUse, lanes } from '@selvedge/protocol';
import { edgeAt, edgeOptions } from '../edge-at.ts';
import { alignColumns, table } from '../text/columns.ts';
import { sayBytes } from '../text/say.ts';
import { snakeCase } from '../text/snake.ts';
import type { Verb } from '../verb.ts';

type LinkView = LinkUse & { readonly mode: string };

export const link: Verb = {
  path: ['link'],
  summary: 'Show how an edge node uses its link to the cloud: state, bytes by class and device, month and cost.',
  arguments: [],
  options: edgeOptions,
  examples: ['selvedge link', "selvedge link --json | jq '.meter.forecast_cost'"],
  talks: false,
  async run(context) {
    const found = await edgeAt(context).get<LinkView>('/v1/link');
    context.answer(snakeCase(found), linkText(found));
    return undefined;
  },
};

function linkText(view: LinkView): string {
  const { capacityBytesPerSecond: capacity, capacityIsMeasured, congestion, meter } = view;
  const known = capacity === 0 ? 'not known yet' : `${sayBytes(capacity)}/s${capacityIsMeasured ? ', measured' : ''}`;
  const cap = meter.capBytes === 0 ? '' : ` of ${sayBytes(meter.capBytes)}`;
  const months = [meter, ...meter.before];
  return [
    alignColumns([
      ['state', view.mode],
      ['capacity', known],
      ['congestion', `${Math.round(congestion * 100)} %`],
      ['round trip', `${Math.round(view.roundTripSeconds * 1_000)} ms`],
      ['on its way', `${sayBytes(view.inFlightBytes)} of ${sayBytes(view.windowBytes)}`],
      ['this month', `${sayBytes(meter.upBytes + meter.downBytes)}${cap} on ${meter.link}`],
      ['forecast', `${sayBytes(meter.forecastBytes)}, cost ${money(meter.forecastCost)}`],
    ]),
    '\n',
    table(
      ['class', 'sent', 'as backlog', 'frames', 'waiting', 'demoted', 'dropped', 'refused'],
      view.classes.map((one, klass) => [
        lanes[klass] ?? String(klass),
        sayBytes(one.bytes),
        sayBytes(one.backlogBytes),
        ...[one.frames, one.waiting, one.demoted, one.dropped, one.refused].map(String),
      ]),
      'Nothing was sent.',
    ),
    '\n',
    table(
      ['device', 'sent', 'records'],
      view.devices.map(({ device, bytes, records }) => [device, sayBytes(bytes), String(records)]),
      'No device has sent a reading.',
    ),
    '\n',
    table(
      ['month', 'up', 'down', 'cost'],
      months.map(({ month, upBytes, downBytes, cost }) => [month, sayBytes(upBytes), sayBytes(downBytes), money(cost)]),
      '',
    ),
  ].join('');
}

const money = (cost: number): string => cost.toFixed(2);
