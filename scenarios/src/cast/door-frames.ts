/**
 * What a device and a simulated door say to each other: the meaning of MQTT without its bytes, which have tests of their
 * own. One JSON object a frame; payloads are text in Latin-1, byte for byte.
 */
export type ToDoor =
  | {
      readonly kind: 'hello';
      readonly client: string;
      readonly will: { readonly topic: string; readonly payload: string };
    }
  | { readonly kind: 'publish'; readonly id: number; readonly topic: string; readonly payload: string }
  | { readonly kind: 'subscribe'; readonly id: number; readonly filter: string }
  | { readonly kind: 'received'; readonly id: number }
  | { readonly kind: 'ping' }
  | { readonly kind: 'bye' };

export type ToDevice =
  | { readonly kind: 'welcome' }
  | { readonly kind: 'published'; readonly id: number; readonly refused: boolean }
  | { readonly kind: 'subscribed'; readonly id: number }
  | { readonly kind: 'message'; readonly id: number; readonly topic: string; readonly payload: string }
  | { readonly kind: 'pong' };

export const encode = (frame: ToDoor | ToDevice): Buffer => Buffer.from(JSON.stringify(frame), 'utf8');
export const decodeToDoor = (frame: Buffer): ToDoor => JSON.parse(frame.toString('utf8')) as ToDoor;
export const decodeToDevice = (frame: Buffer): ToDevice => JSON.parse(frame.toString('utf8')) as ToDevice;

export const textOf = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1');
export const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

/** How often a device gives a sign of life, and after how long a silence either side hangs up; milliseconds. */
export const keepAlive = { every: 15_000, silentMax: 40_000 } as const;
