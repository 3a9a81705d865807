/** One option of a message; a repeated option is several of these, in order. */
export interface Option {
  readonly number: number;
  readonly value: Buffer;
}

/** A CoAP message as every transport carries it (RFC 7252 §3, RFC 8323 §3). */
export interface Message {
  /** Class and detail in one byte: 0x01 is GET, 0x45 is 2.05 Content, 0 is empty. */
  readonly code: number;
  /** 0 to 8 bytes. */
  readonly token: Buffer;
  /** By rising number; equal numbers keep their order. */
  readonly options: readonly Option[];
  readonly payload: Buffer;
}
