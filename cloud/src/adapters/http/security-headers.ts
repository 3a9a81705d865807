/**
 * Scripts come from our own files alone, and no page may frame us. Inline styles are allowed, because charts and menus
 * of the console place themselves with them.
 */
const contentPolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** Headers of every answer. What the API says of devices and people is kept in no cache. */
export const securityHeaders = (url: string): Readonly<Record<string, string>> => ({
  'content-security-policy': contentPolicy,
  'x-content-type-options': 'nosniff',
  // The address of the sign-in page holds a code.
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  ...(url.startsWith('/v1/') ? { 'cache-control': 'no-store' } : {}),
});
