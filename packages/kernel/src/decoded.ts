/** What a decoder returns: the value, or one line that says why the bytes are not one. Decoders never throw. */
export type Decoded<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly why: string };

export const decoded = <Value>(value: Value): Decoded<Value> => ({ ok: true, value });
export const undecodable = (why: string): { readonly ok: false; readonly why: string } => ({ ok: false, why });
