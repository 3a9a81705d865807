import { Buffer } from 'node:buffer';
import {
  type Clock,
  type Decoded,
  type Duration,
  days,
  decoded,
  type Entropy,
  hours,
  undecodable,
} from '@selvedge/kernel';
import { addressBytes } from './address.ts';
import { fingerprintOf, pemOf } from './certificate.ts';
import { trustFaults } from './faults.ts';
import {
  decodeNameConstraints,
  encodeNameConstraints,
  nameConstraintsId,
  type PermittedNames,
  permits,
  permittedNames,
} from './name-constraints.ts';
import { isNodeId, nodeUri } from './node-id.ts';
import { exportKey, importKey, keyAlgorithm, keyUsages, type PrivateKey, signingAlgorithm } from './private-key.ts';
import type { NodeRequest } from './request.ts';
import * as x509 from './x509.ts';

/** What the platform lends. Key pairs alone come from WebCrypto, which takes no randomness from outside. */
export interface TrustWorld {
  readonly clock: Clock;
  readonly entropy: Entropy;
}

export interface AuthorityOptions {
  /** Common name of the authority, at most 64 characters. */
  readonly name: string;
  /** Host names and addresses that its servers may have besides those of this machine and of private networks. */
  readonly names?: readonly string[];
  /** Default 10 years. */
  readonly life?: Duration;
}

/** A certificate and its private key, both PEM; the key is PKCS #8. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

/** Who says which servers and nodes belong together. */
export interface Authority {
  /** Its own certificate, PEM. */
  readonly certificate: string;
  /** SHA-256 of its certificate, 64 hexadecimal characters. */
  readonly fingerprint: string;
  /** A server certificate for these names and addresses, default 1 year. Throws TRUST_NAME_FORBIDDEN. */
  issueServer(options: { readonly names: readonly string[]; readonly life?: Duration }): Promise<KeyedCertificate>;
  /** A client certificate, PEM, for the node and the key of its request, default 1 year. Throws TRUST_NODE_INVALID. */
  signNode(request: NodeRequest, node: string, options?: { readonly life?: Duration }): Promise<string>;
  /** A server certificate, PEM, for the doors of a node and the key of its request, default 1 year. Throws TRUST_NAME_FORBIDDEN. */
  signDoor(
    request: NodeRequest,
    options: { readonly names: readonly string[]; readonly life?: Duration },
  ): Promise<string>;
  /** What `openAuthority` needs to bring it back. */
  export(): Promise<KeyedCertificate>;
}

/** Draws a new authority: ECDSA on P-256, self-signed, allowed to certify private names alone. */
export async function createAuthority(options: AuthorityOptions, world: TrustWorld): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(keyAlgorithm, true, keyUsages);
  const permitted = permittedNames(options.names ?? []);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    ...frame(world, options.life ?? days(3_652)),
    name: [{ CN: [options.name] }],
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.Extension(nameConstraintsId, true, encodeNameConstraints(permitted)),
    ],
  });
  return authority({ certificate, key: keys.privateKey, permitted }, world);
}

/** Brings an exported authority back. Throws TRUST_KEYS_DAMAGED when the two do not belong together or are no authority. */
export async function openAuthority(saved: KeyedCertificate, world: TrustWorld): Promise<Authority> {
  const opened = await readAuthority(saved);
  if (!opened.ok) throw trustFaults('TRUST_KEYS_DAMAGED', `the authority cannot be opened: ${opened.why}`);
  return authority(opened.value, world);
}

interface Parts {
  readonly certificate: x509.X509Certificate;
  readonly key: PrivateKey;
  readonly permitted: PermittedNames;
}

function authority({ certificate, key, permitted }: Parts, world: TrustWorld): Authority {
  const sign = async (
    to: x509.PublicKey,
    life: Duration,
    about: Pick<x509.X509CertificateCreateParams, 'subject'> & { extensions: x509.Extension[] },
  ) => {
    const made = await x509.X509CertificateGenerator.create({
      ...frame(world, life),
      issuer: certificate.subjectName,
      publicKey: to,
      signingKey: key,
      ...about,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(certificate.publicKey),
        await x509.SubjectKeyIdentifierExtension.create(to),
        ...about.extensions,
      ],
    });
    return pemOf(made);
  };
  const signServer = async (to: x509.PublicKey, names: readonly string[], life: Duration): Promise<string> => {
    const forbidden = names.filter((name) => !permits(permitted, name));
    if (names.length === 0 || forbidden.length > 0) {
      const why = `a server cannot be certified for [${forbidden.join(', ')}]`;
      throw trustFaults('TRUST_NAME_FORBIDDEN', why, { names });
    }
    return sign(to, life, {
      subject: [{ CN: [names[0]!] }],
      extensions: [
        new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
        new x509.SubjectAlternativeNameExtension(names.map(alternativeName)),
      ],
    });
  };
  return {
    certificate: pemOf(certificate),
    fingerprint: fingerprintOf(certificate),

    async issueServer({ names, life = days(365) }) {
      const keys = await crypto.subtle.generateKey(keyAlgorithm, true, keyUsages);
      const pem = await signServer(await x509.PublicKey.create(keys.publicKey), names, life);
      return { certificate: pem, key: await exportKey(keys.privateKey) };
    },

    signDoor: (request, { names, life = days(365) }) => signServer(request.publicKey, names, life),

    async signNode(request, node, { life = days(365) } = {}) {
      if (!isNodeId(node))
        throw trustFaults('TRUST_NODE_INVALID', `${JSON.stringify(node)} is not a node id`, { node });
      return sign(request.publicKey, life, {
        subject: [{ CN: [node] }],
        extensions: [
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension([
            { type: 'url', value: nodeUri(node) },
            { type: 'dns', value: nodeDomain },
          ]),
        ],
      });
    },

    export: async () => ({ certificate: pemOf(certificate), key: await exportKey(key) }),
  };
}

/**
 * One DNS name that all nodes share. OpenSSL takes a common name with dots for a host name, and holds it against the
 * authority's permitted names, unless the certificate has a DNS name of its own.
 */
const nodeDomain = 'node.selvedge.internal';

const alternativeName = (name: string): x509.JsonGeneralName => ({
  type: addressBytes(name) ? 'ip' : 'dns',
  value: name,
});

/** Validity begins an hour before now, so that a peer whose clock is a little behind takes the certificate at once. */
function frame({ clock, entropy }: TrustWorld, life: Duration) {
  const now = clock.wall();
  // RFC 5280 4.1.2.2: a serial number is positive and at most 20 bytes.
  const serial = entropy.bytes(16);
  serial[0] = (serial[0]! & 0x3f) | 0x40;
  return {
    serialNumber: Buffer.from(serial).toString('hex'),
    notBefore: new Date(now - hours(1)),
    notAfter: new Date(now + life),
    signingAlgorithm,
  };
}

async function readAuthority(saved: KeyedCertificate): Promise<Decoded<Parts>> {
  try {
    const certificate = new x509.X509Certificate(saved.certificate);
    const key = await importKey(saved.key);
    const constraints = certificate.getExtension(nameConstraintsId);
    const permitted = constraints
      ? decodeNameConstraints(new Uint8Array(constraints.value))
      : undecodable('it has none');
    if (!permitted.ok) return undecodable(`the permitted names cannot be read: ${permitted.why}`);
    const probe = new TextEncoder().encode('selvedge');
    const publicKey = await certificate.publicKey.export(keyAlgorithm, ['verify']);
    const signature = await crypto.subtle.sign(signingAlgorithm, key, probe);
    if (!(await crypto.subtle.verify(signingAlgorithm, publicKey, signature, probe)))
      return undecodable('the key is not the key of the certificate');
    return decoded({ certificate, key, permitted: permitted.value });
  } catch (cause) {
    return undecodable(cause instanceof Error ? cause.message : String(cause));
  }
}
