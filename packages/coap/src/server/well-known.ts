import type { Resource } from '../resource.ts';
import { contentFormats } from './compose.ts';
import { linksOf, writeLinks } from './link-format.ts';

/** `/.well-known/core` (RFC 6690 §4): what these resources are, filtered by the query. */
export function wellKnownCore(resources: readonly Resource[]): Resource {
  return {
    path: '.well-known/core',
    attributes: false,
    formats: [contentFormats.link],
    get: (request) => ({
      payload: writeLinks(linksOf(resources, request), request.query),
      contentFormat: contentFormats.link,
    }),
  };
}
