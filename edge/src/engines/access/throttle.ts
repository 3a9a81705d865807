export interface ThrottleLimits {
  /** Failures in a row that an address may have. */
  readonly burst: number;
  /** Milliseconds after which it may have one more. */
  readonly refill: number;
  /** Addresses remembered; beyond it the one that failed longest ago is forgotten. */
  readonly addressesMax: number;
}

export const defaultThrottle: ThrottleLimits = { burst: 20, refill: 3_000, addressesMax: 10_000 };

export interface Throttle {
  /** Whether the address may try. `now` is in clock ticks, in milliseconds. */
  allows(address: string, now: number): boolean;
  failed(address: string, now: number): void;
  readonly size: number;
}

/** Counts failed attempts by address: a bucket of `burst` failures that fills up again one by one. */
export function throttle(limits: ThrottleLimits = defaultThrottle): Throttle {
  const { burst, refill, addressesMax } = limits;
  /** When the bucket will be full again, in clock ticks; in the order of the last failure. */
  const fullAt = new Map<string, number>();
  return {
    allows: (address, now) => (fullAt.get(networkOf(address)) ?? now) - now <= (burst - 1) * refill,
    failed(address, now) {
      const network = networkOf(address);
      const before = fullAt.get(network);
      fullAt.delete(network);
      if (before === undefined && fullAt.size >= addressesMax) {
        for (const [oldest] of fullAt) {
          fullAt.delete(oldest);
          break;
        }
      }
      fullAt.set(network, Math.min(Math.max(before ?? now, now) + refill, now + burst * refill));
    },
    get size() {
      return fullAt.size;
    },
  };
}

/** One person has a whole IPv6 /64, so that counts as one address. */
function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(':')) return plain;
  const [head = ''] = plain.split('::');
  const groups = head === '' ? [] : head.split(':');
  return [...groups, '0', '0', '0', '0'].slice(0, 4).join(':');
}

/** An IPv4 address as a socket for both versions shows it is that IPv4 address. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');

export const isLoopback = (address: string): boolean => {
  const plain = plainAddress(address);
  return plain === '::1' || /^127\.\d+\.\d+\.\d+$/.test(plain);
};
