import type { Buffer } from 'node:buffer';
import { type PayloadFailure, parseJson, type Status, unfit } from '@selvedge/protocol';

const detailMax = 4_096;

/** `online` or `offline` as plain text, or a JSON object with `status` or `online` and whatever else the device says. */
export function readStatus(
  device: string,
  bytes: Buffer,
  start: number,
  end: number,
  now: number,
): Status | PayloadFailure {
  if (end - start > detailMax)
    return unfit('payload-too-large', `${end - start} bytes of status; ${detailMax} are allowed`);
  const text = bytes.toString('latin1', start, end);
  if (text === 'online' || text === 'offline') return { device, online: text === 'online', at: now };
  const parsed = parseJson(bytes, start, end);
  if ('reason' in parsed) return parsed;
  const detail = parsed.value;
  if (typeof detail !== 'object' || detail === null)
    return unfit('status-unreadable', 'a status is online, offline or a JSON object');
  const { status, online } = detail as { status?: unknown; online?: unknown };
  return { device, online: online !== false && status !== 'offline', at: now, detail };
}
