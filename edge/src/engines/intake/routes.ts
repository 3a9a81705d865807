import { isDeviceId, mapTopic, type PayloadDecoder, type TopicMap } from '@selvedge/protocol';

/** What a topic means at this node. */
export type Route =
  | { readonly kind: 'reading'; readonly device: string; readonly decode: PayloadDecoder }
  | { readonly kind: 'status'; readonly device: string }
  | { readonly kind: 'result'; readonly device: string }
  | { readonly kind: 'plain' };

/** Topics are few and repeat; one that is made up each time must not fill the memory. */
const routesMax = 100_000;

const plain: Route = { kind: 'plain' };

/** Looks topics up, remembering what it found. */
export function routes(maps: readonly TopicMap[]): (topic: string) => Route {
  const known = new Map<string, Route>();
  return (topic) => {
    let route = known.get(topic);
    if (!route) {
      if (known.size === routesMax) known.clear();
      known.set(topic, (route = findRoute(maps, topic)));
    }
    return route;
  };
}

function findRoute(maps: readonly TopicMap[], topic: string): Route {
  const mapped = mapTopic(maps, topic);
  if (mapped) return { kind: 'reading', ...mapped };
  const [root, device, leaf, ...rest] = topic.split('/');
  if (device === undefined || rest.length > 0 || !isDeviceId(device)) return plain;
  if (root === 'devices' && leaf === 'status') return { kind: 'status', device };
  if (root === 'commands' && leaf === 'result') return { kind: 'result', device };
  return plain;
}
