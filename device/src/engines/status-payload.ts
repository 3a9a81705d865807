import { Buffer } from 'node:buffer';

export interface StatusDetail {
  readonly boot?: number;
  readonly type?: string | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly at?: number;
}

/** What is retained on `devices/<id>/status`. The will has no detail: nobody knows when it will be sent. */
export const statusPayload = (online: boolean, { boot, type, at }: StatusDetail = {}): Buffer =>
  Buffer.from(JSON.stringify({ online, timestamp: at, boot, type }), 'utf8');
