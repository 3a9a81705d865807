export { type DiskReplayStoreOptions, diskReplayStore } from './adapters/disk/oscore-state.ts';
export { type Carry, type MemoryNetwork, memoryNetwork } from './adapters/memory/network.ts';
export { memoryReplayStore } from './adapters/memory/oscore-state.ts';
export { type TcpOptions, tcpStreams } from './adapters/tcp/streams.ts';
export { type TlsOptions, tlsStreams } from './adapters/tls/streams.ts';
export { type UdpOptions, udpDatagrams } from './adapters/udp/datagrams.ts';
export { type ClientRequest, type ClientResponse, noResponseAtAll } from './client/requests.ts';
export { locate, type Target } from './client/target.ts';
export { codeClass, codeName, isRequest, isResponse, type Method, methodOf, methods, responses } from './codes.ts';
export { defaultLimits, type Limits, limitsSchema } from './config.ts';
export {
  type Bound,
  coapClient,
  coapEndpoint,
  coapServer,
  type Endpoint,
  type EndpointOptions,
  type EndpointWorld,
  type Observation,
} from './endpoint.ts';
export { coapFaults } from './faults.ts';
export type { Message, Option } from './message.ts';
export { coapMetrics } from './metrics.ts';
export { type Block, blockOption, blockSize, decodeBlock } from './options/block.ts';
export { type OptionValue, type OptionValues, options as buildOptions } from './options/build.ts';
export * as readOptions from './options/read.ts';
export {
  isCritical,
  isNoCacheKey,
  isUnsafe,
  type OptionName,
  type OptionRow,
  optionRow,
  registry,
} from './options/registry.ts';
export * from './oscore/index.ts';
export type {
  Address,
  Connected,
  Datagrams,
  MaybePromise,
  Peer,
  ProtectedRequest,
  Security,
  StreamAbout,
  Streams,
  Transport,
  UnprotectedRequest,
  UnprotectedResponse,
} from './ports.ts';
export type { Answer, Handler, Link, LinkAttributes, Request, Resource, Response } from './resource.ts';
export { contentFormats } from './server/compose.ts';
export { type Datagram, decodeDatagram, encodeDatagram, type MessageType } from './wire/datagram.ts';
export { encodeFrame, type Frames, frames } from './wire/frame.ts';
