const nodeId = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$/;

/**
 * A node id has 1 to 64 letters, digits, `.`, `-`, `_`, and begins and ends with a letter or digit: it must fit a common
 * name (at most 64 characters, RFC 5280 appendix A.1), a URN and a file name.
 */
export const isNodeId = (text: string): boolean => nodeId.test(text);

const uriStart = 'urn:selvedge:node:';

/** The name under which a node stands in its certificate's subject alternative names. */
export const nodeUri = (node: string): string => `${uriStart}${node}`;

/** The node that a URI names, or undefined when it names something else. */
export function nodeOfUri(uri: string): string | undefined {
  const node = uri.startsWith(uriStart) ? uri.slice(uriStart.length) : '';
  return isNodeId(node) ? node : undefined;
}
