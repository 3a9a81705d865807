import type { Link, LinkAttributes, Request, Resource } from '../resource.ts';
import { segmentsOf } from './routes.ts';

/** The links of these resources as `/.well-known/core` shows them to whoever asks. */
export function* linksOf(resources: readonly Resource[], request: Request): Generator<Link> {
  for (const resource of resources) {
    if (resource.attributes === false) continue;
    if (resource.links) {
      for (const link of resource.links(request))
        yield { path: link.path, attributes: { ...shown(resource), ...link.attributes } };
    } else if (!/(^|\/)\*/.test(resource.path)) {
      yield { path: segmentsOf(resource.path).join('/'), attributes: shown(resource) };
    }
  }
}

function shown({ formats, observable, attributes }: Resource): LinkAttributes {
  return {
    ...(attributes === false ? {} : attributes),
    ...(formats && formats.length > 0 ? { ct: formats } : {}),
    ...(observable ? { obs: true } : {}),
  };
}

/**
 * Links in the format of RFC 6690, those that match every part of the query.
 *
 *   list = link *( "," link )      link = "<" "/" path ">" *( ";" name [ "=" value ] )
 */
export function writeLinks(links: Iterable<Link>, query: readonly string[]): string {
  const filters = query.map(filterOf);
  const written: string[] = [];
  for (const link of links) {
    if (filters.every((matches) => matches(link))) written.push(writeLink(link));
  }
  return written.join(',');
}

/**
 * One filter (RFC 6690 §4.1): `name=value`, where a trailing `*` stands for any end. `rt`, `if` and `rel` are lists of
 * words, of which one has to match, and so are several numbers of `ct`.
 */
function filterOf(part: string): (link: Link) => boolean {
  const equals = part.indexOf('=');
  const name = equals < 0 ? part : part.slice(0, equals);
  const wanted = equals < 0 ? '*' : part.slice(equals + 1);
  const fits = wanted.endsWith('*')
    ? (value: string) => value.startsWith(wanted.slice(0, -1))
    : (value: string) => value === wanted;
  return ({ path, attributes = {} }) => {
    if (name === 'href') return fits(hrefOf(path));
    if (!Object.hasOwn(attributes, name)) return false;
    const value = attributes[name]!;
    if (value === true) return equals < 0 || fits('');
    if (typeof value === 'object') return value.some((one) => fits(String(one)));
    const text = String(value);
    return fits(text) || (/^(?:rt|if|rel|ct)$/.test(name) && text.split(' ').some(fits));
  };
}

function writeLink({ path, attributes = {} }: Link): string {
  const parts = Object.entries(attributes).map(([name, value]) => `;${name}${writeValue(value)}`);
  return `<${hrefOf(path)}>${parts.join('')}`;
}

function writeValue(value: LinkAttributes[string]): string {
  if (value === true) return '';
  if (typeof value === 'number') return `=${value}`;
  const text = typeof value === 'object' ? value.join(' ') : value;
  if (/^\d+$/.test(text)) return `=${text}`;
  return `="${text.replace(/["\\]/g, '\\$&')}"`;
}

/** A segment may hold anything; what a path of a URL may not hold is written as `%` and two digits. */
const hrefOf = (path: string): string =>
  `/${segmentsOf(path)
    .map((segment) => encodeURIComponent(segment).replace(/%(?:3A|40|24|26|2B|2C|3B|3D)/g, decodeURIComponent))
    .join('/')}`;
