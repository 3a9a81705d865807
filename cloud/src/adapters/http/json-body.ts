import type { Api } from './api-world.ts';

/**
 * Bodies are JSON or absent. An empty body is no mistake even when it is announced as JSON, as many clients do; a member
 * named `__proto__` is.
 */
export function takeJsonAlone(api: Api): void {
  const parse = api.getDefaultJsonParser('error', 'error');
  api.removeAllContentTypeParsers();
  api.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body as string, done);
  });
}
