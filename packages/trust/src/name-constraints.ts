import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { addressBytes, isWithin, prefixMask } from './address.ts';

/** The names that an authority may certify for servers: DNS domains with all below them, and networks. */
export interface PermittedNames {
  readonly domains: readonly string[];
  readonly networks: readonly { readonly address: Uint8Array; readonly prefix: number }[];
}

export const nameConstraintsId = '2.5.29.30';

/**
 * What every authority may certify: this machine, and names and addresses that mean something only inside a private
 * network. Whoever imports the authority into a browser need not fear for any public site. RFC 1918, 3927, 4193, 4291,
 * 6598, 6762, 8375; `.internal` is reserved by ICANN.
 */
const privateDomains = ['localhost', 'local', 'internal', 'lan', 'home.arpa'];
const privateNetworks = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
];

/** The private names, and `names` (hosts or addresses) besides. */
export function permittedNames(names: readonly string[]): PermittedNames {
  const own = privateNetworks.map((text) => {
    const [address, prefix] = text.split('/');
    return { address: addressBytes(address!)!, prefix: Number(prefix) };
  });
  const addresses = names.flatMap((name) => addressBytes(name) ?? []);
  const domains = names.filter((name) => !addressBytes(name)).map((name) => name.toLowerCase());
  return {
    domains: [...new Set([...privateDomains, ...domains])],
    networks: [...own, ...addresses.map((address) => ({ address, prefix: 8 * address.length }))],
  };
}

/** Whether a certificate for this host name or address stays within what is permitted (RFC 5280 4.2.1.10). */
export function permits(permitted: PermittedNames, name: string): boolean {
  const address = addressBytes(name);
  if (address) return permitted.networks.some((network) => isWithin(address, network.address, network.prefix));
  const lower = name.toLowerCase();
  return permitted.domains.some((domain) => lower === domain || lower.endsWith(`.${domain}`));
}

/**
 * The extension's value in DER, RFC 5280 4.2.1.10, permitted subtrees alone.
 *
 *   NameConstraints = SEQUENCE { [0] { GeneralSubtree* } }
 *   GeneralSubtree  = SEQUENCE { base }
 *   base            = [2] ascii domain | [7] address and mask of equal length
 */
export function encodeNameConstraints(permitted: PermittedNames): Uint8Array {
  const bases = [
    ...permitted.domains.map((domain) => tagged(0x82, new TextEncoder().encode(domain))),
    ...permitted.networks.map(({ address, prefix }) =>
      tagged(0x87, joined([address, prefixMask(address.length, prefix)])),
    ),
  ];
  return tagged(0x30, tagged(0xa0, joined(bases.map((base) => tagged(0x30, base)))));
}

/** Reads what `encodeNameConstraints` wrote. */
export function decodeNameConstraints(bytes: Uint8Array): Decoded<PermittedNames> {
  const outer = parts(bytes);
  const permitted = parts(outer?.[0]?.tag === 0x30 ? outer[0].value : bytes.subarray(0, 0));
  const subtrees = parts(permitted?.[0]?.tag === 0xa0 ? permitted[0].value : bytes.subarray(0, 0));
  if (!subtrees || subtrees.length === 0) return undecodable('it holds no permitted names');
  const domains: string[] = [];
  const networks: { address: Uint8Array; prefix: number }[] = [];
  for (const subtree of subtrees) {
    const base = parts(subtree.value)?.[0];
    if (base?.tag === 0x82) domains.push(new TextDecoder().decode(base.value));
    else if (base?.tag === 0x87 && (base.value.length === 8 || base.value.length === 32)) {
      const half = base.value.length / 2;
      const ones = [...base.value.subarray(half)].map((bits) => bits.toString(2).padStart(8, '0')).join('');
      networks.push({ address: base.value.slice(0, half), prefix: `${ones}0`.indexOf('0') });
    } else return undecodable(`a name of kind ${base?.tag} is neither a domain nor a network`);
  }
  return decoded({ domains, networks });
}

interface Part {
  readonly tag: number;
  readonly value: Uint8Array;
}

/** The values that lie side by side in DER, or undefined when a length leads beyond the end. */
function parts(bytes: Uint8Array): readonly Part[] | undefined {
  const found: Part[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    const first = bytes[at + 1] ?? 0;
    const sizeLength = first < 0x80 ? 0 : first & 0x7f;
    const size =
      sizeLength === 0 ? first : bytes.subarray(at + 2, at + 2 + sizeLength).reduce((n, b) => n * 256 + b, 0);
    const start = at + 2 + sizeLength;
    at = start + size;
    if (at > bytes.length) return undefined;
    found.push({ tag, value: bytes.subarray(start, at) });
  }
  return found;
}

function tagged(tag: number, value: Uint8Array): Uint8Array {
  const { length } = value;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return joined([Uint8Array.of(tag, ...size), value]);
}

const joined = (all: readonly Uint8Array[]): Uint8Array => {
  const whole = new Uint8Array(all.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of all) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
};
