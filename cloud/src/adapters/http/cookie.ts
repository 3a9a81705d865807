/** The name of the cookie that holds a browser's token. */
const name = 'selvedge';

/** Seconds. A browser that is not used for this long signs in again. */
const ageMax = 30 * 24 * 3_600;

/** The token in a `Cookie` header, if there is one. */
export function tokenInCookie(header: string | undefined): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [key, value] = part.trim().split('=', 2);
    if (key === name && value) return value;
  }
  return undefined;
}

/** Out of reach of scripts, and sent by pages of our own origin alone. */
export const cookieOf = (token: string): string =>
  `${name}=${token}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${ageMax}`;

export const cookieGone = `${name}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`;
