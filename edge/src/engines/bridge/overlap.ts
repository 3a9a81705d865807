/** Whether some topic matches both filters; both must be filters. */
export function overlaps(one: string, other: string): boolean {
  const [a, b] = [one.split('/'), other.split('/')];
  // A wildcard in front leaves out the topics that begin with `$` [MQTT-4.7.2-1].
  if ((a[0]!.startsWith('$') && isWild(b[0]!)) || (b[0]!.startsWith('$') && isWild(a[0]!))) return false;
  for (let index = 0; ; index++) {
    const [left, right] = [a[index], b[index]];
    // `a/#` matches `a` too, so a `#` meets also what has just ended.
    if (left === '#' || right === '#') return true;
    if (left === undefined || right === undefined) return left === right;
    if (left !== '+' && right !== '+' && left !== right) return false;
  }
}

const isWild = (level: string): boolean => level === '#' || level === '+';
