/** Topics that have a meaning by themselves; `topic maps` add others. */
export const topics = {
  alert: (device: string): string => `alerts/${device}`,
  command: (device: string): string => `commands/${device}`,
  result: (device: string): string => `commands/${device}/result`,
  status: (device: string): string => `devices/${device}/status`,
  reading: (device: string): string => `sensors/${device}/data`,
  twinDesired: (device: string): string => `twin/${device}/desired`,
  twinReported: (device: string): string => `twin/${device}/reported`,
} as const;

/** MQTT 5 section 4.7.1: `+` and `#` stand alone in their level, `#` only in the last. */
export function isTopicFilter(text: string): boolean {
  const levels = text.split('/');
  return (
    text.length > 0 &&
    !text.includes('\u0000') &&
    levels.every(
      (level, index) =>
        level === '+' ||
        (level === '#' && index === levels.length - 1) ||
        !(level.includes('+') || level.includes('#')),
    )
  );
}

/**
 * The levels that `+` stands for when `topic` matches `filter`, or undefined. A trailing `#` takes the rest as one. A
 * wildcard in front leaves out the server's own `$…` topics [MQTT-4.7.2-1].
 */
export function matchTopic(filter: string, topic: string): readonly string[] | undefined {
  const wanted = filter.split('/');
  const given = topic.split('/');
  const found: string[] = [];
  if (topic.startsWith('$') && wanted[0] !== given[0]) return undefined;
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return [...found, given.slice(index).join('/')];
    const one = given[index];
    if (one === undefined) return undefined;
    if (level === '+') found.push(one);
    else if (level !== one) return undefined;
  }
  return wanted.length === given.length ? found : undefined;
}
