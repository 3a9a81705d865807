import type { Clock } from './clock.ts';
import { Fault } from './fault.ts';

/** `error`: somebody must act. `warn`: it healed itself. `info`: a state changed. `debug`: everything else. */
export type LogLevel = 'error' | 'warn' | 'info' | 'debug';
export type LogFields = Readonly<Record<string, unknown>>;

/** A line is an event name (`journal.trimmed`: noun, past participle) and fields. */
export type Log = Readonly<Record<LogLevel, (event: string, fields?: LogFields) => void>>;

export const logLevels: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** Sends every line at or above `level` to `write`. */
export function logTo(
  write: (level: LogLevel, event: string, fields: LogFields) => void,
  level: LogLevel = 'info',
): Log {
  const heard = logLevels.indexOf(level);
  const at =
    (line: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (logLevels.indexOf(line) <= heard) write(line, event, fields);
    };
  return { error: at('error'), warn: at('warn'), info: at('info'), debug: at('debug') };
}

/** One JSON object a line: `time` (ISO 8601), `level`, `event`, then the fields; a field of those three names gives way. */
export function jsonLog(write: (line: string) => void, clock: Clock, level: LogLevel = 'info'): Log {
  return logTo((line, event, fields) => {
    const frame = { time: new Date(clock.wall()).toISOString(), level: line, event };
    write(`${JSON.stringify({ ...frame, ...fields, ...frame }, printable)}\n`);
  }, level);
}

/** Hears nothing. */
export const silentLog: Log = logTo(() => undefined, 'error');

/** The fields that describe a failure in a log line: the code and hint of a fault, else the message. */
export function describeFailure(cause: unknown): LogFields {
  if (cause instanceof Fault) return { ...cause.facts, code: cause.code, message: cause.message, hint: cause.hint };
  return { message: cause instanceof Error ? cause.message : String(cause) };
}

/** Gives JSON a form for the values it refuses or empties, so that a log line never throws. */
function printable(_name: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return value.message;
  return value;
}
