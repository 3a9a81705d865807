export { type DiskSpool, type DiskSpoolOptions, diskSpool } from './adapters/disk/spool.ts';
export {
  type JournalSessions,
  type JournalSessionsOptions,
  type JournalSessionsWorld,
  journalSessions,
} from './adapters/journal/sessions.ts';
export { memorySessions } from './adapters/memory/sessions.ts';
export { memorySpool } from './adapters/memory/spool.ts';
export { type Broker, type BrokerWorld, broker, type Listening, type Published } from './broker.ts';
export type { ClientInfo, ConnectionInfo } from './client-info.ts';
export {
  type BrokerOptions,
  defaultLimits,
  type Limits,
  type ListenerOptions,
  limitsSchema,
  type TlsOptions,
} from './config.ts';
export { type DurableBrokerOptions, type DurableBrokerWorld, durableBroker } from './durable-broker.ts';
export { mqttFaults } from './faults.ts';
export type { Message, PublishProperties } from './message.ts';
export { mqttMetrics } from './metrics.ts';
export type { RetainedInfo, RetainedPage, RetainedQuery } from './operations/browse-retained.ts';
export type { PacketInfo } from './operations/describe-packet.ts';
export { previewOf } from './operations/redact.ts';
export type { Ended } from './operations/revoke.ts';
export { type Trace, type TraceLine, traceLimits } from './operations/trace.ts';
export type {
  About,
  Access,
  AccessVerdict,
  ConnectRequest,
  Exchange,
  ExchangeStep,
  IncomingPublish,
  Intake,
  PayloadReader,
  Publisher,
  SessionStore,
  Spool,
  SpoolEntry,
  SpooledPayload,
  SpoolFile,
  StoredDelivery,
  StoredMessage,
  StoredSession,
  StoredState,
  StoredSubscription,
  StoredWill,
  TakenPublish,
} from './ports.ts';
export { reason, reasonName } from './reason.ts';
export { type SimpleAccessOptions, simpleAccess } from './simple-access.ts';
