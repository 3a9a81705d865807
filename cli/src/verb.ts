import type { Clock, Random } from '@selvedge/kernel';
import type { ExitCode } from './exit.ts';
import type { CloudApi } from './ports.ts';

export interface OptionRow {
  /** `list` may be given several times. */
  readonly kind: 'flag' | 'text' | 'list';
  /** What stands for the value in the help, such as `URL`. Not for flags. */
  readonly value?: string;
  readonly doc: string;
}

export interface ArgumentRow {
  /** In capitals, as in the help. */
  readonly name: string;
  readonly doc: string;
  readonly optional?: boolean;
  /** What it may be; anything if absent. */
  readonly choices?: readonly string[];
}

/** One verb, declared once: parsing, help and the manual come from this table. */
export interface Verb {
  /** `['device', 'list']` is `selvedge device list`. */
  readonly path: readonly string[];
  readonly summary: string;
  readonly arguments: readonly ArgumentRow[];
  readonly options: Readonly<Record<string, OptionRow>>;
  readonly examples: readonly string[];
  /** What stands after the verb is handed on as it is, in the list `passed`; here is what it means. */
  readonly passes?: string;
  /** It talks to the cloud, so it has the options that say where and as whom. */
  readonly talks: boolean;
  run(context: VerbContext): Promise<ExitCode | undefined>;
}

export interface Given {
  argument(name: string): string | undefined;
  text(name: string): string | undefined;
  flag(name: string): boolean;
  list(name: string): readonly string[];
}

/** What a verb gets: what was typed, where to write, and whom to ask. */
export interface VerbContext extends VerbWorld {
  readonly given: Given;
  readonly json: boolean;
  /** Prints the answer: the value as JSON with `--json`, else the text. */
  answer(value: unknown, text: string): void;
  /** The cloud's API, as the options and the environment say. Throws CLOUD_TOKEN_MISSING. */
  cloud(): CloudApi;
  /** The data folder. */
  readonly data: string;
  /** Path of the control socket of the `up` that is meant. */
  readonly socket: string;
  /** An `up` that had the port has ended without clearing up, in words; belongs to any failure to reach it. */
  readonly ended?: string;
  /** Number that moves all ports, or undefined for the defaults. */
  readonly portBase: number | undefined;
}

/** What the process lends to the verbs. */
export interface VerbWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder of the checkout, or the current folder where there is none. */
  readonly root: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly out: Output;
  readonly fetch: typeof fetch;
  /** Aborts when the person wants to stop. */
  readonly signal: AbortSignal;
  /** Aborts when the person does not want to wait for that. */
  readonly urgent: AbortSignal;
}

export interface Output {
  readonly isTerminal: boolean;
  readonly columns: number;
  /** To stdout. */
  write(text: string): void;
  /** To stderr. */
  complain(text: string): void;
}
