import type { Random } from '@selvedge/kernel';
import { coin, oneOf, whole } from '../../cast/chance.ts';
import { body, type MessageParts, type OptionParts } from './grammar.ts';
import { asToken, formats, paths, queries } from './words.ts';

/** Draws what a peer may say: a request, a response or a signal, valid or nearly so. */
export function drawRequest(random: Random): MessageParts {
  const [path, code] = coin(random, 0.75)
    ? oneOf(random, fitting)
    : [oneOf(random, paths), oneOf(random, [1, 2, 3, 4, 5, 6, 7, 31])];
  const options: OptionParts[] = path.split('/').map((value) => ({ number: 11, value }));
  for (const one of drawOptions(random)) options.push(one);
  const payload = coin(random, code === 1 ? 0.1 : 0.6) ? oneOf(random, payloads) : '';
  return { code, token: drawToken(random), parts: body(options, payload) };
}

export function drawResponse(random: Random): MessageParts {
  const code = oneOf(random, [0x45, 0x45, 0x45, 0x44, 0x5f, 0x41, 0x43, 0x80, 0x81, 0x84, 0x88, 0x8d, 0xa0, 0xa3]);
  return { code, token: asToken, parts: body([...drawOptions(random)], oneOf(random, payloads)) };
}

export function drawSignal(random: Random): MessageParts {
  const code = oneOf(random, [0xe1, 0xe2, 0xe2, 0xe3, 0xe4, 0xe5]);
  const options = coin(random) ? [{ number: oneOf(random, [2, 2, 4, 1, 8]), value: drawUint(random) }] : [];
  return { code, token: drawToken(random), parts: body(options, coin(random, 0.2) ? 'why' : '') };
}

/** What the server has, with a method that it takes. */
const fitting: readonly (readonly [path: string, code: number])[] = [
  ...(['sensors', 'sensors/a', 'big', 'slow', 'ticker', '.well-known/core'] as const).map((path) => [path, 1] as const),
  ...([
    ['sensors', 2],
    ['sensors', 5],
    ['sensors/a', 3],
    ['sensors/b', 4],
    ['upload', 3],
    ['upload', 2],
    ['fails', 1],
  ] as const),
];

const payloads = ['x', '{"bar":4.2}', 'y'.repeat(16), 'y'.repeat(64), 'z'.repeat(1_024), 'z'.repeat(1_500)];
const tokens = ['', '01', '02', 'a1b2', '0102030405060708'];
const drawToken = (random: Random): Buffer => Buffer.from(oneOf(random, tokens), 'hex');

/** An unsigned integer without leading zero bytes, or with. */
const drawUint = (random: Random): Buffer =>
  Buffer.from(
    oneOf(random, ['', '00', '01', '10', '3c', 'ff', '0480', 'ffff', '010000', 'ffffff', '00000001', 'ffffffff']),
    'hex',
  );

/** Number and more bits and size exponent of a block. */
function drawBlock(random: Random): Buffer {
  const value =
    (oneOf(random, [0, 0, 0, 1, 2, 3, 15, 1_000]) << 4) | (coin(random) ? 8 : 0) | oneOf(random, [0, 0, 2, 6, 6, 7]);
  return value === 0 ? Buffer.alloc(0) : value < 256 ? Buffer.of(value) : Buffer.of(value >> 8, value);
}

const draws: readonly (readonly [number: number, chance: number, draw: (random: Random) => Uint8Array | string])[] = [
  [1, 0.03, (random) => oneOf(random, ['', 'etag', Buffer.from('0102', 'hex')])],
  [3, 0.03, () => 'host.example'],
  [4, 0.08, (random) => oneOf(random, ['etag', Buffer.from('0102', 'hex')])],
  [5, 0.03, () => ''],
  [
    6,
    0.25,
    (random) => oneOf(random, [Buffer.alloc(0), Buffer.alloc(0), Buffer.of(1), Buffer.of(7), Buffer.of(1, 0, 0)]),
  ],
  [7, 0.02, drawUint],
  [9, 0.04, (random) => Buffer.from(oneOf(random, ['', '0901', '090102', '19010131', '0a000102', 'e0', '0f']), 'hex')],
  [12, 0.2, (random) => uint(oneOf(random, formats))],
  [14, 0.1, drawUint],
  [15, 0.15, (random) => oneOf(random, queries)],
  [16, 0.02, drawUint],
  [17, 0.1, (random) => uint(oneOf(random, formats))],
  [23, 0.2, drawBlock],
  [27, 0.2, drawBlock],
  [28, 0.04, drawUint],
  [35, 0.02, () => 'coap://other.example/x'],
  [39, 0.02, () => 'http'],
  [60, 0.06, drawUint],
  [252, 0.04, () => 'echoed'],
  [258, 0.06, (random) => Buffer.of(oneOf(random, [0, 2, 8, 16, 26]))],
  [292, 0.05, (random) => oneOf(random, ['', 'tag'])],
  [2_048, 0.02, () => 'elective'],
  [2_049, 0.02, () => 'critical'],
];

const uint = (value: number): Buffer =>
  value === 0 ? Buffer.alloc(0) : value < 256 ? Buffer.of(value) : Buffer.of(value >> 8, value);

function drawOptions(random: Random): readonly OptionParts[] {
  return draws
    .filter(([, chance]) => coin(random, chance))
    .flatMap(([number, , draw]) =>
      Array.from({ length: coin(random, 0.05) ? 2 : 1 }, () => ({ number, value: draw(random) })),
    );
}

export const drawId = (random: Random): number => whole(random, 1, 12);
