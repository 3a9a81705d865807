import { isUtf8 } from 'node:buffer';

const secretName = /pass|secret|token|key|auth|credential|cookie/i;
/** A name that tells of a secret, and its value: quoted, bare, or cut off at the end of the preview. */
const secretPair =
  /("?[\w.-]*(?:pass|secret|token|key|auth|credential|cookie)[\w.-]*"?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|[[{][\s\S]*|[^\s,;&}\]"]+)/gi;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they tell text from bytes
const unprintable = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Text in which the values of what is called password, secret, token, key and the like are replaced by `…`. */
export const redactText = (text: string): string => text.replace(secretPair, '$1…');

/** A value by its name: `…` if the name tells of a secret. */
export const redactValue = (name: string, value: string): string => (secretName.test(name) ? '…' : redactText(value));

/** The beginning of a payload as text without secrets, `…` behind it if it is `cut`; undefined if it is no text. */
export function previewOf(beginning: Uint8Array, cut: boolean): string | undefined {
  const bytes = cut ? withoutHalfCharacter(beginning) : beginning;
  if (!isUtf8(bytes)) return undefined;
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  if (unprintable.test(text)) return undefined;
  return redactText(text) + (cut ? '…' : '');
}

function withoutHalfCharacter(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && end > bytes.length - 4 && (bytes[end - 1]! & 0xc0) === 0x80) end -= 1;
  return end > 0 && bytes[end - 1]! >= 0xc0 ? bytes.subarray(0, end - 1) : bytes;
}
