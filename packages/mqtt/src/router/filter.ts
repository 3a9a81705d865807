import { type Refusal, reason, refusal } from '../reason.ts';

/** A topic filter, taken apart. */
export interface Filter {
  /** The name in `$share/name/…`; undefined for an ordinary filter. */
  readonly group: string | undefined;
  /** The filter proper, without the `$share/name/` before it. */
  readonly text: string;
  readonly levels: readonly string[];
}

/** Wildcards stand alone in their level, `#` in the last one (section 4.7.1). */
export function parseFilter(whole: string, levelsMax: number): { readonly ok: true; readonly value: Filter } | Refusal {
  let group: string | undefined;
  let text = whole;
  if (whole.startsWith('$share/')) {
    const slash = whole.indexOf('/', 7);
    group = slash < 0 ? '' : whole.slice(7, slash);
    text = slash < 0 ? '' : whole.slice(slash + 1);
    // [MQTT-4.8.2-1], [MQTT-4.8.2-2]
    if (group === '' || /[+#]/.test(group))
      return refusal(reason.malformedPacket, 'the share name is missing or holds a wildcard');
  }
  if (text === '') return refusal(reason.malformedPacket, 'an empty topic filter'); // [MQTT-4.7.3-1]
  const levels = text.split('/');
  for (const [index, level] of levels.entries()) {
    // [MQTT-4.7.1-1], [MQTT-4.7.1-2]
    const bad = level.length > 1 ? /[+#]/.test(level) : level === '#' && index < levels.length - 1;
    if (bad) return refusal(reason.malformedPacket, 'a wildcard does not stand alone, or # is not last');
  }
  if (levels.length > levelsMax)
    return refusal(reason.topicFilterInvalid, `${levels.length} levels, at most ${levelsMax} are allowed`);
  return { ok: true, value: { group, text, levels } };
}

/** Whether a filter's levels take the topic (section 4.7). */
export function takesTopic(levels: readonly string[], topic: string): boolean {
  if (topic.startsWith('$') && startsWild(levels)) return false;
  const names = topic.split('/');
  for (const [index, level] of levels.entries()) {
    if (level === '#') return true; // [MQTT-4.7.1-1]: with nothing for `#` too
    if (index === names.length || (level !== '+' && level !== names[index])) return false;
  }
  return levels.length === names.length;
}

/** Whether the filter's first level is a wildcard: such filters do not see topics that begin with `$` [MQTT-4.7.2-1]. */
export const startsWild = (levels: readonly string[]): boolean => levels[0] === '#' || levels[0] === '+';
