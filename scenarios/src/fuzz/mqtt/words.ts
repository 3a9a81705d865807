/** Few, so that what one peer keeps meets what another one does. */
export const names = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', ''];
export const topics = [
  'a',
  'a/b',
  'a/b/c',
  'b',
  '/',
  'a//b',
  'a/é',
  'x'.repeat(300),
  'refused/a',
  'full/a',
  '$SYS/a',
  'witness/a',
];
export const filters = [
  ...['a', 'a/b', '#', '+', '+/+', 'a/#', 'a/+/c', '/', '$SYS/#', '$denied/#', '$denied/+', 'witness/#'],
  ...['$share/g/#', '$share/g/a/#', '$share/h/a/b', '$share/g/', '$share//a', 'a/#/b', 'a+'],
];
export const payloads = ['', 'x', '{"bar":4.2}', 'y'.repeat(200), 'z'.repeat(5_000)];
/** What access does with them is in `access.ts`. */
export const usernames = ['user', 'slow', 'never', 'refused', 'broken', 'moved'];
export const methods = ['echo', 'slow-echo', 'refused-echo', 'unknown'];

/** What a mutation may put in place of text or between bytes. */
export const words: readonly Buffer[] = [
  ...['MQTT', 'MQIsdp', '#', '+', '$', '/', '\0', '\u{ffff}', '\u{feff}', 'a\0b', '+a', 'a#', '$share/', '$SYS/broker'],
  ...[
    ...topics,
    ...filters,
    ...names.slice(0, 2),
    'witness',
    '__proto__',
    'constructor',
    // More levels than the limits allow, by default and in small.
    '/'.repeat(300),
    '/'.repeat(20),
    'é'.repeat(200),
  ],
]
  .map((word) => Buffer.from(word))
  .concat(
    [
      'eda080',
      'c080',
      'f4908080',
      'c3',
      '00',
      'ff',
      'ffffffff',
      '80808001',
      'ffffff7f',
      '8000',
      '0000',
      '10',
      'c000',
      'e000',
    ].map((hex) => Buffer.from(hex, 'hex')),
  );
