import type { Option } from '../message.ts';
import { type Composed, composeError } from './compose.ts';

/** What is sent back for a request: a response to be cut into blocks, and what every block of it carries. */
export interface Reply {
  readonly response: Composed;
  readonly more?: readonly Option[];
  /** Its further blocks are fetched from a snapshot under this key. */
  readonly key?: string;
  /** Told whether it could be sent. */
  readonly after?: (sent: boolean) => void;
}

export const refuse = (code: number, why = ''): Reply => ({ response: composeError(code, why) });
