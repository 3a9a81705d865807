import type { X509Certificate } from 'node:crypto';

/**
 * Who came through a door. A name has the form of a device id (no `/`, `+`, `#`, control characters or leading `$`), so
 * `kind/name` is unambiguous.
 */
export interface Principal {
  readonly kind: 'device' | 'operator' | 'application' | 'anonymous';
  /** Empty for anonymous. */
  readonly name: string;
  /** The stored credential that let it in; undefined for anonymous, certificates and OSCORE. */
  readonly credential: string | undefined;
  /** From when on its certificate is valid, as wall time in milliseconds; undefined without one. */
  readonly issuedAt: number | undefined;
}

/** How somebody at a door says who they are. */
export type Credentials =
  | { readonly kind: 'anonymous' }
  | { readonly kind: 'password'; readonly user: string; readonly password: Uint8Array }
  | { readonly kind: 'token'; readonly token: string }
  /** A client certificate whose chain the door has verified. */
  | { readonly kind: 'certificate'; readonly certificate: X509Certificate }
  /** An OSCORE security context whose protection of this message the door has verified; it belongs to a device. */
  | { readonly kind: 'oscore'; readonly device: string };

/**
 * unknown: nobody has these credentials · revoked · forbidden: this way in is not open to them, such as anonymous beyond
 * loopback · throttled: too many failures from this address · busy: too many attempts wait already. The last two are
 * worth another try later (HTTP 429 and 503).
 */
export type AdmissionRefusal = 'unknown' | 'revoked' | 'forbidden' | 'throttled' | 'busy';

export type Admission =
  | { readonly ok: true; readonly principal: Principal }
  | { readonly ok: false; readonly why: AdmissionRefusal };

export type GateAction = 'publish' | 'subscribe';

/** How every door asks who may come in and what they may do. What is not permitted is denied. */
export interface Gate {
  /** `address` is the peer's IP address without port. Settles at once but for passwords, which cost time on purpose. */
  admit(credentials: Credentials, address: string): Admission | Promise<Admission>;
  /**
   * Whether the principal may publish to the topic, or subscribe to all that the filter matches (without its
   * `$share/name/`). A door that is no MQTT asks in topics too: posting a reading of a device is publishing to
   * `sensors/<id>/data`, waiting for its commands is subscribing to `commands/<id>`.
   */
  permits(principal: Principal, action: GateAction, topicOrFilter: string): boolean;
  /** False once the principal, or the credential that it came with, is revoked; `permits` is false then too. */
  holds(principal: Principal): boolean;
  /**
   * Tells of each revocation: end what is open, and settle when it has ended. What a listener could not finish before a
   * crash is told again after the start. Gives the function that ends the listening.
   */
  onRevoked(listener: (who: Revoked) => void | Promise<void>): () => void;
}

/** With `credential`, only what that credential opened is over; without, everything of the principal. */
export interface Revoked {
  readonly kind: Principal['kind'];
  readonly name: string;
  readonly credential: string | undefined;
}

/** Keeps the credentials, as bytes without secrets in clear; replaced whole and durably, for the node alone to read. */
export interface CredentialStore {
  read(): Promise<Uint8Array | undefined>;
  write(bytes: Uint8Array): Promise<void>;
}
