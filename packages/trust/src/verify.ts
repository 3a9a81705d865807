import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { fingerprintOf, parseCertificate, pemOf, readCertificate } from './certificate.ts';
import * as x509 from './x509.ts';

/**
 * Which node a client certificate (PEM or DER) was issued to: signed by this authority, valid at `at` (milliseconds since
 * the Unix epoch), for client authentication, its common name equal to its node URI.
 */
export async function verifyNode(
  certificate: string | Uint8Array,
  authority: string | Uint8Array,
  at: number,
): Promise<Decoded<string>> {
  const checked = await verifyIssued(certificate, authority, at, x509.ExtendedKeyUsage.clientAuth);
  if (!checked.ok) return checked;
  const facts = readCertificate(certificate);
  if (!facts.ok) return facts;
  return facts.value.node === undefined
    ? undecodable(`common name "${facts.value.commonName}" and node URI do not name one node`)
    : decoded(facts.value.node);
}

/**
 * What a node does before it has a certificate: of the chain that a server showed (DER, its own first) one must be the
 * authority whose fingerprint the enrolment token names, and have issued the first. Gives the authority as PEM.
 */
export async function verifyPinned(
  chain: readonly Uint8Array[],
  fingerprint: string,
  at: number,
): Promise<Decoded<string>> {
  const pinned = chain.find((one) => fingerprintIs(one, fingerprint));
  if (!pinned || !chain[0]) return undecodable('the server did not show the authority that the enrolment token names');
  const checked = await verifyIssued(chain[0], pinned, at, x509.ExtendedKeyUsage.serverAuth);
  return checked.ok ? decoded(pemOf(parseCertificate(pinned))) : checked;
}

async function verifyIssued(
  certificate: string | Uint8Array,
  authority: string | Uint8Array,
  at: number,
  usage: string,
): Promise<Decoded<undefined>> {
  try {
    const [issued, issuer] = [parseCertificate(certificate), parseCertificate(authority)];
    if (!issuer.getExtension(x509.BasicConstraintsExtension)?.ca) return undecodable('its issuer is not an authority');
    if (issued.getExtension(x509.BasicConstraintsExtension)?.ca) return undecodable('it is an authority itself');
    for (const one of [issued, issuer]) {
      if (at < one.notBefore.getTime()) return undecodable(`it is valid from ${one.notBefore.toISOString()} only`);
      if (at > one.notAfter.getTime()) return undecodable(`it was valid until ${one.notAfter.toISOString()}`);
    }
    if (!issued.getExtension(x509.ExtendedKeyUsageExtension)?.usages.includes(usage))
      return undecodable('it was issued for another use');
    if (issued.issuer !== issuer.subject || !(await issued.verify({ publicKey: issuer, signatureOnly: true })))
      return undecodable('it was not issued by this authority');
    return decoded(undefined);
  } catch {
    return undecodable('it cannot be read as a certificate');
  }
}

function fingerprintIs(certificate: Uint8Array, fingerprint: string): boolean {
  try {
    return fingerprintOf(certificate) === fingerprint;
  } catch {
    return false;
  }
}
