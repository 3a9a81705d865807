/** The reason codes of MQTT 5 (section 2.4) that this broker sends or reads. */
export const reason = {
  success: 0x00,
  disconnectWithWill: 0x04,
  noMatchingSubscribers: 0x10,
  noSubscriptionExisted: 0x11,
  continueAuthentication: 0x18,
  reAuthenticate: 0x19,
  unspecified: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  implementationSpecific: 0x83,
  unsupportedProtocolVersion: 0x84,
  clientIdentifierNotValid: 0x85,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverUnavailable: 0x88,
  serverBusy: 0x89,
  banned: 0x8a,
  serverShuttingDown: 0x8b,
  badAuthenticationMethod: 0x8c,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  packetIdentifierInUse: 0x91,
  packetIdentifierNotFound: 0x92,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  packetTooLarge: 0x95,
  messageRateTooHigh: 0x96,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  payloadFormatInvalid: 0x99,
  useAnotherServer: 0x9c,
  serverMoved: 0x9d,
} as const;

const names = new Map<number, string>(
  Object.entries(reason).map(([name, code]) => [code, name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)]),
);

/** `0x8e` is `session-taken-over`; codes this broker does not use are `other`, so that labels stay bounded. */
export const reasonName = (code: number): string => names.get(code) ?? 'other';

/** The CONNACK return code with which MQTT 3.1.1 says the same (table 3.1 of its section 3.2.2.3). */
export function returnCode(code: number): number {
  switch (code) {
    case reason.success:
      return 0;
    case reason.unsupportedProtocolVersion:
      return 1;
    case reason.clientIdentifierNotValid:
      return 2;
    case reason.badUserNameOrPassword:
      return 4;
    case reason.notAuthorized:
    case reason.banned:
    case reason.badAuthenticationMethod:
      return 5;
    default:
      return 3;
  }
}

/** The codes with which a CONNACK, a PUBACK or PUBREC, and a DISCONNECT to who fails to authenticate anew may refuse. */
export const connectRefusals: ReadonlySet<number> = new Set([
  ...[0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99],
  ...[0x9a, 0x9b, 0x9c, 0x9d, 0x9f],
]);
export const publishRefusals: ReadonlySet<number> = new Set([0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99]);
export const authRefusals: ReadonlySet<number> = new Set([0x80, 0x82, 0x83, 0x87, 0x89, 0x97, 0x98, 0x9c, 0x9d]);

/** Why bytes, or what they ask for, are refused, in the protocol's own number and in one line. */
export interface Refusal {
  readonly ok: false;
  readonly code: number;
  readonly why: string;
}

export const refusal = (code: number, why: string): Refusal => ({ ok: false, code, why });
