import type { Command, CommandState } from '@selvedge/protocol';

/** A command that is not over, and how far it has come. */
export interface OpenCommand {
  readonly command: Command;
  readonly state: CommandState;
}
