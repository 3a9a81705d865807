import { path, request } from '../api/request.ts';

/**
 * Signs this browser in with what a person has: a one-time code, the link that holds one, or an operator's token. A
 * token is exchanged for a code, so that it is kept nowhere; the session is a cookie that no script can read.
 * Throws the problem of the last attempt.
 */
export async function signIn(text: string): Promise<void> {
  const code = codeIn(text) ?? (await codeForToken(text.trim())) ?? text.trim();
  await request('POST', path(['session']), { body: { code } });
}

/** The code in a sign-in link, or undefined if the text is none. */
export function codeIn(text: string): string | undefined {
  const trimmed = text.trim();
  if (!URL.canParse(trimmed)) return undefined;
  return new URL(trimmed).searchParams.get('code') ?? undefined;
}

/** A token and a code look alike, and only a token gives a code; trying it uses no code up. */
async function codeForToken(token: string): Promise<string | undefined> {
  // What cannot stand in a header is no token.
  if (!/^[\x21-\x7e]+$/.test(token)) return undefined;
  try {
    return (await request<{ code: string }>('POST', path(['sign-ins']), { token })).code;
  } catch {
    return undefined;
  }
}
