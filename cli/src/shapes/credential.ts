import type { CredentialView } from '../edge-views.ts';

/** A credential as `--json` gives it [CLI-5]. */
export const credentialJson = ({ id, kind, holder, name, createdAt }: CredentialView) => ({
  id,
  kind,
  holder,
  name,
  created_at_ms: createdAt,
});
