/** What MQTT 5 says about a message beside topic and payload. Passed on unchanged, user properties in order. */
export interface PublishProperties {
  /** 1: the payload is UTF-8. */
  readonly payloadFormat?: number;
  /** Seconds; counted down while the message waits. */
  readonly messageExpiry?: number;
  readonly contentType?: string;
  readonly responseTopic?: string;
  readonly correlationData?: Uint8Array;
  readonly userProperties?: readonly (readonly [name: string, value: string])[];
}

/** A message to publish from the server side. */
export interface Message {
  /** May begin with `$`, unlike a client's. */
  readonly topic: string;
  /** Kept by reference: do not change the bytes afterwards. */
  readonly payload: Uint8Array | string;
  /** Default 0. */
  readonly qos?: 0 | 1 | 2;
  /** Default false. Retained with an empty payload clears the topic. */
  readonly retain?: boolean;
  readonly properties?: PublishProperties;
}
