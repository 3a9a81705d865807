export { memorySessions } from './adapters/memory/sessions.ts';
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
export { mqttFaults } from './faults.ts';
export type { Message, PublishProperties } from './message.ts';
export { mqttMetrics } from './metrics.ts';
export type {
  About,
  Access,
  AccessVerdict,
  ConnectRequest,
  IncomingPublish,
  Intake,
  Publisher,
  SessionStore,
  StoredDelivery,
  StoredSession,
  StoredSubscription,
} from './ports.ts';
export { reason, reasonName } from './reason.ts';
