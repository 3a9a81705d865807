import type { ClientView, RetainedView, TraceLineView } from '../edge-views.ts';

/** A client as `--json` gives it [CLI-5]. */
export const clientJson = (client: ClientView) => ({
  id: client.id,
  connected: client.connected,
  principal: client.principal,
  address: client.address,
  secure: client.secure,
  protocol: client.protocol,
  connected_since_ms: client.connectedSince,
  session_expiry_seconds: client.session.expirySeconds,
  subscriptions: client.subscriptions,
  queued: client.queued,
  queued_bytes: client.queuedBytes,
  in_flight: client.inFlight,
  received_total: client.received,
  delivered_total: client.delivered,
  received_per_second: client.receivedPerSecond,
  delivered_per_second: client.deliveredPerSecond,
});

/** A retained message as `--json` gives it [CLI-5]. */
export const retainedJson = (message: RetainedView) => ({
  topic: message.topic,
  qos: message.qos,
  payload_bytes: message.payloadBytes,
  preview: message.preview,
  from: message.from,
  expires_at_ms: message.expiresAt,
});

/** A line of a trace as `--json` gives it [CLI-5]; properties have the names of the MQTT specification. */
export const traceLineJson = ({ at, packetId, payloadBytes, ...line }: TraceLineView) => ({
  at_ms: at,
  ...line,
  ...(packetId === undefined ? {} : { packet_id: packetId }),
  ...(payloadBytes === undefined ? {} : { payload_bytes: payloadBytes }),
});

/** `12:04:31.250  in   PUBLISH  #7 qos 1 sensors/pump-7/data 41 bytes {"temperature":…}`. */
export function traceLineText(line: TraceLineView): string {
  const time = new Date(line.at).toISOString().slice(11, 23);
  if (line.packet === undefined) return `${time}  ${line.kind}${line.why === undefined ? '' : `: ${line.why}`}`;
  const parts = [
    line.packetId === undefined ? '' : `#${line.packetId}`,
    line.qos === undefined ? '' : `qos ${line.qos}`,
    line.retain ? 'retain' : '',
    line.duplicate ? 'duplicate' : '',
    line.topic ?? '',
    (line.filters ?? []).map(({ filter }) => filter).join(' '),
    (line.codes ?? []).map((code) => `0x${code.toString(16).padStart(2, '0')}`).join(' '),
    line.properties === undefined ? '' : JSON.stringify(line.properties),
    line.payloadBytes === undefined ? '' : `${line.payloadBytes} bytes`,
    line.payload ?? '',
  ];
  const said = parts.filter((part) => part !== '').join(' ');
  return `${time}  ${line.kind.padEnd(3)}  ${line.packet.padEnd(11)}  ${said}`.trimEnd();
}
