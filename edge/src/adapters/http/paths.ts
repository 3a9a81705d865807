import { type Decoded, decoded, undecodable } from '@selvedge/kernel';

export interface Target {
  /** Percent-decoded. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** Reads a request target in origin or absolute form (RFC 9112 section 3.2). Dots mean nothing here. */
export function readTarget(text: string): Decoded<Target> {
  const origin = text.startsWith('/') ? text : text.replace(/^https?:\/\/[^/?#]*/i, '') || '/';
  if (!origin.startsWith('/')) return undecodable('the target is no path');
  const mark = origin.indexOf('?');
  const path = mark < 0 ? origin : origin.slice(0, mark);
  try {
    const segments = path.slice(1).split('/').map(decodeURIComponent);
    return decoded({ segments, query: new URLSearchParams(mark < 0 ? '' : origin.slice(mark + 1)) });
  } catch {
    return undecodable('the path has a percent sign that encodes nothing');
  }
}

/** What stands at the places of `{name}` when the segments fit the pattern. */
export function matchPath(
  pattern: readonly string[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (pattern.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, wanted] of pattern.entries()) {
    const given = segments[index]!;
    if (wanted.startsWith('{')) parameters[wanted.slice(1, -1)] = given;
    else if (wanted !== given) return undefined;
  }
  return parameters;
}

export const segmentsOf = (path: string): readonly string[] => path.slice(1).split('/');
