/** A code is class (3 bits) and detail (5 bits): `code(4, 4)` is 4.04. */
export const code = (kind: number, detail: number): number => (kind << 5) | detail;

export const codeClass = (value: number): number => value >> 5;

/** `2.05` for 0x45. */
export const codeName = (value: number): string => `${value >> 5}.${String(value & 31).padStart(2, '0')}`;

export const empty = 0;

/** Request methods (RFC 7252 §5.8, RFC 8132). */
export const methods = { GET: 1, POST: 2, PUT: 3, DELETE: 4, FETCH: 5, PATCH: 6, IPATCH: 7 } as const;

export type Method = keyof typeof methods;

const methodNames: readonly (Method | undefined)[] = [
  undefined,
  ...(Object.keys(methods) as Method[]).sort((a, b) => methods[a] - methods[b]),
];

/** undefined for a request code that no RFC has given a meaning. */
export const methodOf = (value: number): Method | undefined => methodNames[value];

/** Response codes (RFC 7252 §5.9, RFC 7959 §2.9, RFC 8132 §2, RFC 8516). */
export const responses = {
  created: code(2, 1),
  deleted: code(2, 2),
  valid: code(2, 3),
  changed: code(2, 4),
  content: code(2, 5),
  continue: code(2, 31),
  badRequest: code(4, 0),
  unauthorized: code(4, 1),
  badOption: code(4, 2),
  forbidden: code(4, 3),
  notFound: code(4, 4),
  methodNotAllowed: code(4, 5),
  notAcceptable: code(4, 6),
  requestEntityIncomplete: code(4, 8),
  conflict: code(4, 9),
  preconditionFailed: code(4, 12),
  requestEntityTooLarge: code(4, 13),
  unsupportedContentFormat: code(4, 15),
  unprocessableEntity: code(4, 22),
  tooManyRequests: code(4, 29),
  internalServerError: code(5, 0),
  notImplemented: code(5, 1),
  badGateway: code(5, 2),
  serviceUnavailable: code(5, 3),
  gatewayTimeout: code(5, 4),
  proxyingNotSupported: code(5, 5),
} as const;

/** Signalling codes of the reliable transports (RFC 8323 §5). */
export const signals = {
  csm: code(7, 1),
  ping: code(7, 2),
  pong: code(7, 3),
  release: code(7, 4),
  abort: code(7, 5),
} as const;

export const isRequest = (value: number): boolean => value > 0 && value < 32;

export const isResponse = (value: number): boolean => {
  const kind = codeClass(value);
  return kind === 2 || kind === 4 || kind === 5;
};
