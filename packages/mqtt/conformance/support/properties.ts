import { type Bytes, field, property, u8, u16, u32, varint } from '../../test/support/wire.ts';

/** The properties of MQTT 5 by name, as a client sends them. Times in seconds. */
export const payloadFormat = (value: number): Buffer => property(1, u8(value));
export const messageExpiry = (value: number): Buffer => property(2, u32(value));
export const contentType = (value: Bytes): Buffer => property(3, field(value));
export const responseTopic = (value: Bytes): Buffer => property(8, field(value));
export const correlationData = (value: Bytes): Buffer => property(9, field(value));
export const subscriptionId = (value: number): Buffer => property(11, varint(value));
export const sessionExpiry = (value: number): Buffer => property(17, u32(value));
export const authenticationMethod = (value: Bytes): Buffer => property(21, field(value));
export const authenticationData = (value: Bytes): Buffer => property(22, field(value));
export const requestProblemInformation = (value: number): Buffer => property(23, u8(value));
export const willDelay = (value: number): Buffer => property(24, u32(value));
export const requestResponseInformation = (value: number): Buffer => property(25, u8(value));
export const reasonString = (value: Bytes): Buffer => property(31, field(value));
export const receiveMaximum = (value: number): Buffer => property(33, u16(value));
export const topicAliasMaximum = (value: number): Buffer => property(34, u16(value));
export const topicAlias = (value: number): Buffer => property(35, u16(value));
export const userProperty = (name: Bytes, value: Bytes): Buffer => property(38, field(name), field(value));
export const maximumPacketSize = (value: number): Buffer => property(39, u32(value));
