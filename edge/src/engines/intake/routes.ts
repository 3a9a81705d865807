import {
  type Decoders,
  isDeviceId,
  mapTopic,
  type PayloadDecoder,
  payloadDecoders,
  type TopicMap,
} from '@selvedge/protocol';

/** What a topic means at this node. */
export type Route =
  | { readonly kind: 'reading'; readonly device: string; readonly decode: PayloadDecoder }
  | { readonly kind: 'status'; readonly device: string }
  | { readonly kind: 'result'; readonly device: string }
  | { readonly kind: 'twin'; readonly device: string }
  | { readonly kind: 'plain' };

/** What a payload is, and of which device. */
export type Meaning = Exclude<Route, { kind: 'plain' }>;
export type ReadingRoute = Route & { kind: 'reading' };

/** Topics are few and repeat; one that is made up each time must not fill the memory. */
const routesMax = 100_000;

const plain: Route = { kind: 'plain' };

/** Looks topics up, remembering what it found. */
export function routes(maps: readonly TopicMap[], decoders?: Decoders): (topic: string) => Route {
  const known = new Map<string, Route>();
  return (topic) => {
    let route = known.get(topic);
    if (!route) {
      if (known.size === routesMax) known.clear();
      known.set(topic, (route = findRoute(maps, topic, decoders)));
    }
    return route;
  };
}

/** Readings of a device that the door knows; the decoder is one of `payloadDecoders`. */
export function readingsOf(device: string, decoder: string): ReadingRoute {
  const decode: PayloadDecoder | undefined = Object.hasOwn(payloadDecoders, decoder)
    ? payloadDecoders[decoder]
    : undefined;
  if (!decode) throw new RangeError(`there is no decoder ${decoder}`);
  return { kind: 'reading', device, decode };
}

function findRoute(maps: readonly TopicMap[], topic: string, decoders: Decoders | undefined): Route {
  const mapped = mapTopic(maps, topic, decoders);
  if (mapped) return { kind: 'reading', ...mapped };
  const [root, device, leaf, ...rest] = topic.split('/');
  if (device === undefined || rest.length > 0 || !isDeviceId(device)) return plain;
  if (root === 'devices' && leaf === 'status') return { kind: 'status', device };
  if (root === 'commands' && leaf === 'result') return { kind: 'result', device };
  if (root === 'twin' && leaf === 'reported') return { kind: 'twin', device };
  return plain;
}
