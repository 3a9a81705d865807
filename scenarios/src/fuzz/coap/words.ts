/** What the server of `ground.ts` has, and a little that it does not. */
export const paths = [
  'sensors',
  'sensors/a',
  'sensors/b',
  'big',
  'slow',
  'upload',
  'fails',
  'nowhere',
  '.well-known/core',
  'ticker',
  '',
];
export const queries = ['rt=x', 'rt=*', 'href=/sensors/*', 'a', '', 'if=core.s&x=1'];
export const formats = [0, 40, 50, 60, 110, 112, 65_535];

/** Placeholders that the ground replaces in what answers a request: a token and a message id that it cannot know. */
export const asToken = Buffer.from('f0f1f2f3f4f5f6f7', 'hex');
export const asId = 0xfffe;

export const words: readonly Buffer[] = [
  ...[
    'sensors',
    'ticker',
    '.well-known',
    'core',
    'coap://[::1]/x',
    '..',
    '%2f',
    '\0',
    '__proto__',
    'é'.repeat(140),
    'x'.repeat(256),
  ],
]
  .map((word) => Buffer.from(word))
  .concat(
    [
      'ff',
      'ffff',
      '00',
      '0d',
      'e0ffff',
      'd0',
      'f0',
      '0f',
      '09',
      '19',
      'b7',
      '60',
      '6100',
      '40000000',
      'c8',
      '80ff',
    ].map((hex) => Buffer.from(hex, 'hex')),
  );
