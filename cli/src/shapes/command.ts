import type { CommandView } from '../cloud-views.ts';

/** A command as `--json` gives it [CLI-5]. */
export const commandJson = (command: CommandView) => ({
  id: command.id,
  device: command.device,
  node: command.node,
  command: command.name,
  arguments: command.arguments,
  state: command.state,
  origin: command.origin,
  reason: command.reason,
  issued_at_ms: command.issuedAt,
  expires_at_ms: command.expiresAt,
  sent_at_ms: command.sentAt,
  delivered_at_ms: command.deliveredAt,
  ended_at_ms: command.endedAt,
  result: command.result,
});
