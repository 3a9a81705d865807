import assert from 'node:assert/strict';
import { test } from 'node:test';
import { good, type ScriptedApi, scriptedApi } from './api.fixture.ts';

let scripted: ScriptedApi;
test.beforeEach(async () => {
  scripted = await scriptedApi();
});
test.afterEach(() => scripted.api.close());

/** Every route that the API describes, as method and path with some id. */
const routes = (): readonly { method: string; path: string }[] => {
  const { paths } = scripted.api.swagger() as { paths: Record<string, Record<string, unknown>> };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path: path.replaceAll(/\{[^}]+\}/g, 'x') })),
  );
};

const open = ['GET /healthz', 'POST /v1/session'];

test('api: every route but the open ones refuses whoever has no good token, before it looks at anything else [API-1]', async () => {
  const guarded = routes().filter(({ method, path }) => !open.includes(`${method} ${path}`));
  assert.ok(guarded.length >= 22, `${guarded.length} routes`);
  const wrong: Record<string, string>[] = [
    {},
    { authorization: 'Bearer wrong' },
    { authorization: 'Basic Z29vZC10b2tlbjo=' },
    { authorization: good.token },
    { cookie: 'selvedge=wrong' },
    { cookie: `other=${good.token}` },
    { authorization: 'Bearer wrong', cookie: `selvedge=${good.token}` },
  ];
  for (const { method, path } of guarded) {
    for (const headers of wrong) {
      const answer = await scripted.api.inject({ method: method as 'GET', url: path, headers });
      assert.equal(answer.statusCode, 401, `${method} ${path} with ${JSON.stringify(headers)}`);
      assert.equal(answer.json<{ code: string }>().code, 'API_UNAUTHORIZED');
      assert.match(answer.headers['www-authenticate'] as string, /^Bearer/);
    }
  }
  assert.deepEqual(scripted.told, []);
});

test('api: the open routes answer without a token [API-1]', async () => {
  for (const url of ['/healthz', '/openapi.json']) assert.equal((await scripted.api.inject(url)).statusCode, 200);
});

const signIn = (code: string, headers: Record<string, string> = {}) =>
  scripted.api.inject({ method: 'POST', url: '/v1/session', payload: { code }, headers });

const cookieFrom = (answer: Awaited<ReturnType<typeof signIn>>): string => String(answer.headers['set-cookie']);

test('session: a code becomes a cookie once, and the cookie counts like the token until signing out [API-6]', async () => {
  const answer = await signIn(good.code);
  assert.equal(answer.statusCode, 200);
  assert.deepEqual(answer.json(), { operator: 'grace' });
  for (const part of ['selvedge=cookie-token', 'HttpOnly', 'SameSite=Strict', 'Path=/'])
    assert.ok(cookieFrom(answer).includes(part), part);
  assert.ok(!answer.body.includes('cookie-token'));
  assert.equal((await signIn(good.code)).statusCode, 401);

  const headers = {
    cookie: 'theme=dark; selvedge=cookie-token',
    host: 'localhost:8000',
    origin: 'http://localhost:8000',
  };
  const who = await scripted.api.inject({ url: '/v1/session', headers });
  assert.deepEqual(who.json(), { operator: 'grace' });
  const out = await scripted.api.inject({ method: 'DELETE', url: '/v1/session', headers });
  assert.equal(out.statusCode, 204);
  assert.match(cookieFrom(out), /selvedge=;.*Max-Age=0/);
  assert.equal((await scripted.api.inject({ url: '/v1/session', headers })).statusCode, 401);
});

test('session: whoever guesses codes waits, and then even a good one waits; another time it counts again [API-8]', async () => {
  for (let i = 0; i < 3; i++) {
    const refused = await signIn(`guess ${i}`);
    assert.deepEqual([refused.statusCode, refused.json<{ code: string }>().code], [401, 'API_SIGN_IN_REFUSED']);
  }
  const limited = await signIn(good.code);
  assert.deepEqual([limited.statusCode, limited.json<{ code: string }>().code], [429, 'API_LIMITED']);
  assert.equal(limited.headers['retry-after'], '300');
  assert.equal(scripted.world.metrics.signInsFailed.value(), 3);
  await scripted.clock.advance(300_000);
  assert.equal((await signIn(good.code)).statusCode, 200);
});

test('origin: with the cookie only pages of ours may write; with a token anybody who has it [API-7]', async () => {
  await signIn(good.code);
  const write = async (headers: Record<string, string>): Promise<number> => {
    const answer = await scripted.api.inject({
      method: 'POST',
      url: '/v1/enrolments',
      payload: { node: 'n1' },
      headers: { host: 'localhost:8000', ...headers },
    });
    return answer.statusCode;
  };
  const cookie = 'selvedge=cookie-token';
  assert.equal(await write({ cookie, origin: 'http://localhost:8000' }), 201);
  assert.equal(await write({ cookie, origin: 'http://localhost:5173' }), 201, 'named in api.origins');
  for (const origin of ['http://localhost:9999', 'http://evil.example', 'null', 'http://localhost:8000.evil.example'])
    assert.equal(await write({ cookie, origin }), 403, origin);
  assert.equal(await write({ cookie }), 403, 'a browser names the origin of a write');
  assert.equal(await write({ ...scripted.bearer, origin: 'http://evil.example' }), 201);
  const read = await scripted.api.inject({ url: '/v1/nodes', headers: { cookie } });
  assert.equal(read.statusCode, 200);
  assert.equal((await signIn('x', { host: 'localhost:8000', origin: 'http://evil.example' })).statusCode, 403);
});

test('headers: every answer forbids framing, sniffing and foreign scripts, and /v1 is not cached [API-9]', async () => {
  for (const url of ['/healthz', '/v1/nodes', '/nothing.js', '/openapi.json']) {
    const { headers } = await scripted.api.inject({ url, headers: scripted.bearer });
    const policy = headers['content-security-policy'] as string;
    assert.ok(policy.includes("default-src 'self'") && policy.includes("frame-ancestors 'none'"), url);
    assert.ok(!/script-src|unsafe-eval/.test(policy));
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.equal(headers['referrer-policy'], 'no-referrer');
    assert.equal(headers['cache-control'], url.startsWith('/v1') ? 'no-store' : undefined);
  }
});
