export const devices = ['pump-7', 'a', 'b', 'locked', '%61', 'a%2Fb', '..', ''];
export const targets = [
  ...[
    '/healthz',
    '/metrics',
    '/openapi.json',
    '/v1/status',
    '/v1/devices',
    '/v1/things/a',
    '/v1/things',
    '/',
    '*',
    '//x',
  ],
  'http://localhost/healthz',
];
export const commandIds = ['c1', 'c2', 'c%33', 'nobody'];
export const media = [
  ...['application/json', 'application/x-ndjson', 'application/cbor', 'application/cbor-seq', 'application/senml+json'],
  ...['application/senml+cbor', 'application/json; charset=utf-8', 'text/plain', ''],
];
export const credentials = [
  'Bearer pump-7',
  'Bearer a',
  'Bearer operator',
  'Bearer stranger',
  'Basic YTpi',
  'Basic !',
  'Digest x',
  'Bearer busy',
];

/** Payloads by the framing of their media type. */
export const json = [
  ...[
    '{"t":1}',
    '[{"t":1},{"t":2}]',
    '{"t":1,"$boot":1,"$seq":7}',
    '[]',
    '{}',
    '1',
    '"x"',
    '{"t":{"u":[1,2,{"v":true}]}}',
  ],
  ...['[{"t":1},', '{"t":1e999}', '{"$time":1}', `{"t":"${'x'.repeat(3_000)}"}`, '[[[[[[1]]]]]]'],
];
export const lines = [
  '{"t":1}\n{"t":2}\n',
  '{"t":1}',
  '\n\n',
  '{"t":1}\r\n{"t":2}\r\n',
  '{\n',
  '{"t":1}\n'.repeat(300),
];
export const senml = [
  '[{"bn":"pump-7","n":"t","v":1}]',
  '[{"n":"t","u":"Cel","v":1,"t":-5},{"n":"h","vb":true}]',
  '[{}]',
];
export const twins = [
  '{"reported":{"t":1}}',
  '{"desired":{"speed":{"max":3}},"tags":{"hall":null}}',
  '{"other":{}}',
  '[]',
  '{',
];
export const cborHex = [
  '82a1617401a1617402',
  'a1617401',
  'a16174fb4016000000000000',
  '9fa1617401ff',
  '81a20063746d7002fa3f800000',
  'bf6174ff',
  'f6',
];

export const words: readonly Buffer[] = [
  ...[
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\0',
    ' ',
    ':',
    ',',
    ';',
    '%',
    '%00',
    '%2f',
    '%zz',
    '..',
    '?',
    '#',
    '&wait=0',
    '?wait=1',
    '?after=c1',
  ],
  ...[
    'GET / HTTP/1.1\r\nHost: x\r\n\r\n',
    'HTTP/1.0',
    'HTTP/2.0',
    'chunked',
    'identity',
    'gzip, gzip',
    'zstd',
    '100-continue',
  ],
  ...[
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
    'Connection: close\r\n',
    'Upgrade: websocket\r\n',
    'Expect: x\r\n',
  ],
  ...[
    '{',
    '[',
    '"',
    '\\ud800',
    '\\u0000',
    '__proto__',
    'constructor',
    '1e400',
    '-0',
    'null',
    '"$seq":-1',
    'ffffffffffffffff\r\n',
    'é',
  ],
]
  .map((word) => Buffer.from(word))
  .concat(
    ['ff', '80', '9f', 'bf', 'fb7ff0000000000000', '1bffffffffffffffff', 'c3', 'eda080', '1f8b08', '28b52ffd'].map(
      (hex) => Buffer.from(hex, 'hex'),
    ),
  );
