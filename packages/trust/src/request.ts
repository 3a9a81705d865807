import { type Decoded, decoded, undecodable } from '@selvedge/kernel';
import { pemOf } from './certificate.ts';
import { drawKeys, exportKey, importKeys, keyAlgorithm, signingAlgorithm } from './private-key.ts';
import * as x509 from './x509.ts';

/** A checked certificate request: whoever sent it holds the private key of `publicKey`. */
export interface NodeRequest {
  readonly publicKey: x509.PublicKey;
}

/** Characters of PEM; a request for a P-256 key needs about 400. */
const requestLengthMax = 8_192;

/**
 * Asks to have a node's key certified: the given one, or a pair that is drawn. All PEM; the key stays with the node.
 * Rejects when the given text is no P-256 key.
 */
export async function createNodeRequest(
  node: string,
  given?: string,
): Promise<{ readonly request: string; readonly key: string }> {
  const keys = given === undefined ? await drawKeys() : await importKeys(given);
  const name = [{ CN: [node] }];
  const request = await x509.Pkcs10CertificateRequestGenerator.create({ name, keys, signingAlgorithm });
  return { request: pemOf(request), key: await exportKey(keys.privateKey) };
}

/**
 * Reads a PKCS #10 request in PEM (RFC 2986) and checks that it is signed with its own key. The names it asks for do not
 * count: who the node is, the enrolment says.
 */
export async function readNodeRequest(pem: string): Promise<Decoded<NodeRequest>> {
  if (pem.length > requestLengthMax)
    return undecodable(`the request has ${pem.length} characters, ${requestLengthMax} are allowed`);
  if (!pem.includes('-----BEGIN CERTIFICATE REQUEST-----'))
    return undecodable('it is not a CERTIFICATE REQUEST in PEM');
  try {
    const request = new x509.Pkcs10CertificateRequest(pem);
    const { name, namedCurve } = request.publicKey.algorithm as { name?: string; namedCurve?: string };
    if (name !== keyAlgorithm.name || namedCurve !== keyAlgorithm.namedCurve)
      return undecodable(`its key is ${[name, namedCurve].join(' ').trim()}, not ECDSA P-256`);
    if (!(await request.verify())) return undecodable('it is not signed with its own key');
    return decoded({ publicKey: request.publicKey });
  } catch {
    return undecodable('it cannot be read as a certificate request');
  }
}
