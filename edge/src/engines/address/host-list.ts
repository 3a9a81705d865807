import { decoded, type Field, undecodable } from '@selvedge/kernel';

/** Some addresses of this machine, without ports, or all of them. */
export type Hosts = 'all' | readonly string[];

/** A setting of IP addresses between commas; `true` stands for all, `false` and empty for none. */
export const hostList = ({ doc }: { readonly doc: string }): Field<Hosts> => ({
  doc,
  kind: 'addresses without ports, or true',
  fallback: [],
  secret: false,
  read(raw) {
    if (raw === true || raw === 'true' || raw === '1') return decoded('all');
    if (raw === false || raw === 'false' || raw === '0') return decoded([]);
    if (typeof raw !== 'string') return undecodable(`${JSON.stringify(raw)} is neither addresses nor true or false`);
    const hosts = raw
      .split(',')
      .map((part) => part.trim().replace(/^\[(.*)\]$/, '$1'))
      .filter((part) => part !== '');
    const wrong = hosts.find((host) => !isAddress(host));
    return wrong === undefined ? decoded(hosts) : undecodable(`${JSON.stringify(wrong)} is no IP address`);
  },
  show: (hosts) => (hosts === 'all' ? 'true' : hosts.length === 0 ? 'false' : hosts.join(',')),
});

const isAddress = (text: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)
    ? text.split('.').every((part) => Number(part) < 256)
    : /^[\da-f]*:[\da-f:]*:[\da-f:.]*$/i.test(text);

export const includesHost = (hosts: Hosts, host: string): boolean => hosts === 'all' || hosts.includes(host);
