import { createHash } from 'node:crypto';
import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { nodeOfUri } from './node-id.ts';
import * as x509 from './x509.ts';

/** What people and programs ask of a certificate. */
export interface CertificateFacts {
  readonly commonName: string;
  /** The node it was issued to, if it was issued to one. */
  readonly node: string | undefined;
  /** Host names and addresses. */
  readonly names: readonly string[];
  readonly isAuthority: boolean;
  /** Hexadecimal. */
  readonly serial: string;
  /** SHA-256 of the DER, 64 hexadecimal characters. */
  readonly fingerprint: string;
  /** Milliseconds since the Unix epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Reads a certificate in PEM or DER. It says nothing of who signed it. */
export function readCertificate(certificate: string | Uint8Array): Decoded<CertificateFacts> {
  try {
    const parsed = parseCertificate(certificate);
    const commonName = parsed.subjectName.getField('CN')[0] ?? '';
    const names = parsed.getExtension(x509.SubjectAlternativeNameExtension)?.names.items ?? [];
    const node = names.map((name) => (name.type === 'url' ? nodeOfUri(name.value) : undefined)).find(Boolean);
    return decoded({
      commonName,
      // Both must say the same: tools show one, TLS libraries check the other.
      node: node === commonName ? node : undefined,
      names: names.filter((name) => name.type === 'dns' || name.type === 'ip').map((name) => name.value),
      isAuthority: parsed.getExtension(x509.BasicConstraintsExtension)?.ca ?? false,
      serial: parsed.serialNumber,
      fingerprint: fingerprintOf(parsed),
      notBefore: parsed.notBefore.getTime(),
      notAfter: parsed.notAfter.getTime(),
    });
  } catch {
    return undecodable('it cannot be read as a certificate');
  }
}

/** SHA-256 of a certificate's DER, as 64 hexadecimal characters. Throws when it is none. */
export function fingerprintOf(certificate: string | Uint8Array | x509.X509Certificate): string {
  const { rawData } = certificate instanceof x509.X509Certificate ? certificate : parseCertificate(certificate);
  return createHash('sha256').update(new Uint8Array(rawData)).digest('hex');
}

/** Throws when it is not a certificate. */
export const parseCertificate = (certificate: string | Uint8Array): x509.X509Certificate =>
  new x509.X509Certificate(typeof certificate === 'string' ? certificate : new Uint8Array(certificate));

/** Text in PEM that ends with a line's end, so that files can be put one behind the other. */
export const pemOf = (what: { toString(format: 'pem'): string }): string => `${what.toString('pem').trimEnd()}\n`;
