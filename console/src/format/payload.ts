export interface PayloadPreview {
  readonly kind: 'text' | 'bytes' | 'empty';
  readonly text: string;
  /** Bytes that the API did not keep. */
  readonly cut: number;
}

/** What a person can see of refused bytes: text where they are UTF-8 without control characters, else hexadecimal pairs. */
export function previewPayload(base64: string, payloadBytes: number): PayloadPreview {
  const bytes = Uint8Array.from(atob(base64), (one) => one.charCodeAt(0));
  const cut = Math.max(0, payloadBytes - bytes.length);
  if (bytes.length === 0) return { kind: 'empty', text: '', cut };
  const text = readable(bytes, cut > 0);
  if (text !== undefined) return { kind: 'text', text, cut };
  return { kind: 'bytes', text: Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' '), cut };
}

function readable(bytes: Uint8Array, isCut: boolean): string | undefined {
  try {
    // A cut may fall inside a character; streaming leaves that one out instead of refusing the rest.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: isCut });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: what a screen cannot show is exactly what is looked for
    return /[\u0000-\u0008\u000e-\u001f\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
