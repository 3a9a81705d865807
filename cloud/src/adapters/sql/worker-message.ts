import { Fault } from '@selvedge/kernel';
import { type StoreFaultCode, storeFaults } from './faults.ts';

/** What a worker is started with. */
export interface WorkerOptions {
  readonly path: string;
  readonly readOnly: boolean;
}

/** What a worker is told to do; `end` has no answer but the end. */
export type Order =
  | { readonly kind: 'open'; readonly id: number }
  /** One call of a method of `Core`. */
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly part: string;
      readonly method: string;
      readonly arguments: readonly unknown[];
    }
  | { readonly kind: 'end' };

export type Answer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly failure: Failure };

/** A failure in plain data: a thread cannot hand over an object with methods. */
export interface Failure {
  /** The code of a fault of the store; absent for a mistake of the program. */
  readonly code: StoreFaultCode | undefined;
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>>;
  readonly stack: string | undefined;
}

export function describeFault(cause: unknown): Failure {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  const isOurs = error instanceof Fault && Object.hasOwn(storeFaults.table, error.code);
  return {
    code: isOurs ? (error.code as StoreFaultCode) : undefined,
    message: error.message,
    facts: error instanceof Fault ? error.facts : {},
    stack: error.stack,
  };
}

export function revive({ code, message, facts, stack }: Failure): Error {
  const error = code === undefined ? new Error(message) : storeFaults(code, message, facts);
  if (stack !== undefined) error.stack = stack;
  return error;
}
