import { isFault } from '@selvedge/kernel';

/** What a script can tell from the exit code. */
export const exitCodes = { done: 0, failed: 1, misused: 2, unreachable: 3, refused: 4 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const ofFault: Readonly<Record<string, ExitCode>> = {
  CLI_MISUSED: exitCodes.misused,
  CONFIG_INVALID: exitCodes.misused,
  FAULT_UNKNOWN: exitCodes.misused,
  CLOUD_UNREACHABLE: exitCodes.unreachable,
  UP_UNREACHABLE: exitCodes.unreachable,
  OPERATIONS_UNREACHABLE: exitCodes.unreachable,
  CLOUD_TOKEN_MISSING: exitCodes.refused,
  EDGE_TOKEN_MISSING: exitCodes.refused,
  UP_RUNNING: exitCodes.refused,
  BACKUP_REFUSED: exitCodes.refused,
};

/** The exit code of a failure. What the cloud answered counts by its HTTP status, in the fault's facts. */
export function exitOf(cause: unknown): ExitCode {
  if (!isFault(cause)) return exitCodes.failed;
  const known = ofFault[cause.code];
  if (known !== undefined) return known;
  const status = cause.facts['status'];
  if (typeof status !== 'number' || status === 404) return exitCodes.failed;
  if (status === 400) return exitCodes.misused;
  return status < 500 ? exitCodes.refused : exitCodes.failed;
}

/** A failure as a person reads it: what happened, and what to do. */
export function explainFailure(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause);
  const hint = isFault(cause) ? cause.hint : 'selvedge doctor';
  return `Error: ${message}\nTry: ${hint}\n`;
}
