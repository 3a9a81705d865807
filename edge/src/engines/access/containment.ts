/**
 * Topic filters as sets of topics (MQTT 5, section 4.7): `+` is one level, `#` is the level before it and all below, and
 * neither, where it comes first, covers topics that begin with `$`.
 */

/** A filter taken apart, or undefined if it is none: wildcards stand alone in their level, `#` in the last one. */
export function levelsOf(filter: string): readonly string[] | undefined {
  if (filter === '' || filter.includes('\u0000')) return undefined;
  const levels = filter.split('/');
  const last = levels.length - 1;
  const wrong = levels.some((level, index) => (level.length > 1 ? /[+#]/.test(level) : level === '#' && index < last));
  if (wrong) return undefined;
  // `#` and `+/#` are the same set; with one name for it, comparing level by level is exact.
  return levels.length === 2 && levels[0] === '+' && levels[1] === '#' ? ['#'] : levels;
}

/** Whether every topic that `inner` matches is matched by `outer`. A topic is a filter that matches itself alone. */
export function contains(outer: readonly string[], inner: readonly string[]): boolean {
  const wild = outer[0] === '#' || outer[0] === '+';
  if (wild && inner[0]!.startsWith('$')) return false;
  for (const [index, level] of outer.entries()) {
    // Also where `inner` has just ended: `a/#` matches `a`.
    if (level === '#') return true;
    const other = inner[index];
    if (other === undefined || other === '#') return false;
    if (level !== '+' && level !== other) return false;
  }
  return inner.length === outer.length;
}
