import type { CloudApi } from './ports.ts';

/** An address that signs a browser in once, for a short time. */
export async function freshSignIn(api: CloudApi): Promise<string> {
  const { code } = await api.post<{ code: string }>('/v1/sign-ins');
  return `${api.url}/signin?code=${encodeURIComponent(code)}`;
}
