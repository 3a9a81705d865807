/** Packets for the load, encoded once: what is measured is the broker, not the generator. */

const text = (value: string): Buffer => {
  const utf8 = Buffer.from(value, 'utf8');
  return Buffer.concat([Uint8Array.of(utf8.length >> 8, utf8.length & 0xff), utf8]);
};

const packet = (first: number, ...parts: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let left = body.length; ; left >>= 7) {
    if (left < 128) {
      length.push(left);
      break;
    }
    length.push((left & 127) | 128);
  }
  return Buffer.concat([Uint8Array.of(first, ...length), body]);
};

/** MQTT 3.1.1 CONNECT with a keep-alive of 10 minutes, and a clean session unless it is to be kept. */
export const connectPacket = (clientId: string, kept = false): Buffer =>
  packet(0x10, text('MQTT'), Uint8Array.of(4, kept ? 0 : 2, 2, 88), text(clientId));

export const subscribePacket = (filter: string, qos: 0 | 1 | 2): Buffer =>
  packet(0x82, Uint8Array.of(0, 1), text(filter), Uint8Array.of(qos));

/** QoS 0 PUBLISH. */
export const publishOncePacket = (topic: string, payload: string): Buffer =>
  packet(0x30, text(topic), Buffer.from(payload, 'utf8'));

/** QoS 1 PUBLISH. */
export const publishPacket = (topic: string, id: number, payload: string): Buffer =>
  packet(0x32, text(topic), Uint8Array.of(id >> 8, id & 0xff), Buffer.from(payload, 'utf8'));

const fixed = (value: number, width: number, digits: number): string => value.toFixed(digits).padStart(width, '1');

/** 96 bytes of JSON: four numbers that move and a mode. `noise` is uniform in [0, 1). */
export function readingPayload(noise: () => number): string {
  const temperature = fixed(20 + noise() * 9, 6, 3);
  const vibration = fixed(0.01 + noise() * 0.08, 6, 4);
  return `{"temperature":${temperature},"humidity":${fixed(40 + noise() * 9, 5, 2)},"vibration":${vibration},"flow_rate":${fixed(101 + noise() * 9, 6, 2)},"mode":"auto-1"}`;
}
