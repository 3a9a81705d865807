/** An unsigned number in as few bytes as it needs, 0 in none (RFC 7252 §3.2). */
export function encodeUint(value: number): Buffer {
  let size = 0;
  for (let rest = value; rest >= 1; rest = Math.floor(rest / 256)) size += 1;
  const bytes = Buffer.alloc(size);
  if (size > 0) bytes.writeUIntBE(value, 0, size);
  return bytes;
}

/** Reads up to 6 bytes; leading zeros are allowed. */
export const decodeUint = (bytes: Buffer): number => (bytes.length === 0 ? 0 : bytes.readUIntBE(0, bytes.length));
