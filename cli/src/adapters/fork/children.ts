import { fork } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import type { ChildFailure } from '../../engines/supervisor/supervisor.ts';
import type { Child } from '../../supervisor.ts';

export interface ChildSpec {
  /** Path of the script. */
  readonly script: string;
  readonly args: readonly string[];
  /** For Node itself, beside those of this process. */
  readonly nodeFlags?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where stdout and stderr go; it is appended to. */
  readonly logFile: string;
}

/** What a child says over the IPC channel: that it is ready, or why it never will be. */
interface Said extends Partial<ChildFailure> {
  readonly ready?: boolean;
  readonly failed?: ChildFailure;
}

/** Characters of the last output that are kept to explain a crash. */
const tailMax = 4_096;
/** Bytes of one log file; what comes after is left out, because the disk belongs to the readings. */
const logMax = 64 * 2 ** 20;

/**
 * Starts a script as a process of its own. It says `{ready:true,…}`, or `{ready:false,code,message,hint}` (also as a
 * member `failed`), over the IPC channel; when this process dies, the channel closes and the child ends by itself.
 */
export function forkChild(
  spec: ChildSpec,
  heard: { ready(facts: unknown): void; exited(failure: ChildFailure): void },
): Child {
  const child = fork(spec.script, [...spec.args], {
    env: { ...spec.env, NODE_NO_WARNINGS: '1' },
    execArgv: [...process.execArgv, ...(spec.nodeFlags ?? [])],
    // In a group of its own, Ctrl-C in the terminal does not reach it: it ends in its turn.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const log = createWriteStream(spec.logFile, { flags: 'a', mode: 0o600 });
  log.on('error', () => undefined);
  let tail = '';
  let logged = 0;
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (bytes: Buffer) => {
      tail = (tail + bytes.toString('utf8')).slice(-tailMax);
      logged += bytes.length;
      if (logged <= logMax) log.write(bytes);
    });
  }
  let told: ChildFailure | undefined;
  let isOver = false;
  const over = (failure: ChildFailure): void => {
    if (isOver) return;
    isOver = true;
    log.end();
    heard.exited(failure);
  };
  child.on('message', (message: Said) => {
    if (message.ready) heard.ready(message);
    else told = message.failed ?? (message.message === undefined ? told : { ...message, message: message.message });
  });
  child.on('error', (cause) => over({ message: cause.message }));
  child.on('close', (code, signal) => over(told ?? failureOf(tail, code, signal)));
  return {
    pid: child.pid,
    signal(signal) {
      child.kill(signal);
    },
  };
}

/** Puts the log of an earlier run aside. */
export async function rotateLog(logFile: string): Promise<void> {
  await rename(logFile, `${logFile}.old`).catch(() => undefined);
}

/** The two lines that a program leaves on stderr, or how it ended. */
export function failureOf(tail: string, code: number | null, signal: string | null): ChildFailure {
  const message = [...tail.matchAll(/^Error: (.*)$/gm)].at(-1)?.[1];
  const hint = [...tail.matchAll(/^Try: (.*)$/gm)].at(-1)?.[1];
  const how = signal === null ? `it ended with exit code ${code}` : `it was ended by ${signal}`;
  return { message: message ?? how, ...(hint === undefined ? {} : { hint }) };
}
