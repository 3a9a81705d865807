import { type Decoded, decoded, type Field, undecodable } from '@selvedge/kernel';

/** Where a door listens: an IP address, never a name, and a port; 0 lets the system choose. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const address = /^(?:(\d{1,3}(?:\.\d{1,3}){3})|\[([\da-f:.]*:[\da-f:.]*)\]):(\d{1,5})$/i;

/** More sockets than any gateway has interfaces. */
const addressesMax = 16;

/** A setting of addresses with ports, between commas, such as `127.0.0.1:5683,[::1]:5683`; empty: none. */
export const addressList = (about: {
  readonly doc: string;
  readonly default: string;
}): Field<readonly ListenAddress[]> => {
  const fallback = readAddresses(about.default);
  if (!fallback.ok) throw new TypeError(fallback.why);
  return {
    doc: about.doc,
    kind: 'addresses',
    fallback: fallback.value,
    secret: false,
    read: (raw) =>
      typeof raw === 'string' ? readAddresses(raw) : undecodable(`${JSON.stringify(raw)} is not text of addresses`),
    show: (list) => list.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`).join(','),
  };
};

function readAddresses(text: string): Decoded<readonly ListenAddress[]> {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  if (parts.length > addressesMax) return undecodable(`${parts.length} addresses; ${addressesMax} are allowed`);
  const list: ListenAddress[] = [];
  for (const part of parts) {
    const [, four, six, digits] = address.exec(part) ?? [];
    const port = Number(digits);
    const isFour = four?.split('.').every((one) => Number(one) < 256);
    if ((!isFour && six === undefined) || port > 65_535)
      return undecodable(`${JSON.stringify(part)} is no address with a port, such as 127.0.0.1:5683 or [::1]:5683`);
    list.push({ host: four ?? six!, port });
  }
  return decoded(list);
}
