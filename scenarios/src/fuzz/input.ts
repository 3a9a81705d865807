/**
 * What one fuzzed peer does. Everything that a target does with it follows from these fields alone, so that a file of
 * them is enough to see a finding again.
 */
export interface Input {
  /** How it comes in: the transport, and which of several peers it is, such as `udp:2`. */
  readonly via: string;
  /** Each is one write, or one datagram. */
  readonly chunks: readonly Buffer[];
  /** Simulated milliseconds between the writes. */
  readonly pause: number;
  /** Simulated milliseconds after the last write. */
  readonly wait: number;
  /** How many later inputs come while its connection is still open. */
  readonly stays: number;
  /** It reads what it is sent. */
  readonly reads: boolean;
  /** How it answers what asks for an answer: not at all, as it should, or with a wrong code. */
  readonly answers: 'never' | 'well' | 'badly';
  /** What somebody else does after the last write, such as `kick c1`; empty for nothing. */
  readonly meanwhile: string;
  /** How its connection ends. */
  readonly ends: 'finishes' | 'breaks';
}

/** An input for people and files. */
export interface InputText extends Omit<Input, 'chunks'> {
  /** In hexadecimal. */
  readonly chunks: readonly string[];
}

export const inputText = (input: Input): InputText => ({
  ...input,
  chunks: input.chunks.map((chunk) => chunk.toString('hex')),
});

export const readInput = (text: InputText): Input => ({
  ...text,
  chunks: text.chunks.map((chunk) => Buffer.from(chunk, 'hex')),
});

export const sizeOf = (inputs: readonly Input[]): number =>
  inputs.reduce((sum, { chunks }) => sum + chunks.reduce((size, chunk) => size + chunk.length, 0), 0);

/** Between threads a buffer becomes plain bytes; this makes it a buffer again. */
export const revive = (input: Input): Input => ({ ...input, chunks: input.chunks.map((chunk) => Buffer.from(chunk)) });
