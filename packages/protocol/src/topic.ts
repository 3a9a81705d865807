/** Topics that have a meaning by themselves; `topic maps` add others. */
export const topics = {
  alert: (device: string): string => `alerts/${device}`,
  command: (device: string): string => `commands/${device}`,
  result: (device: string): string => `commands/${device}/result`,
  status: (device: string): string => `devices/${device}/status`,
  reading: (device: string): string => `sensors/${device}/data`,
} as const;

/** The levels that `+` stands for when `topic` matches `filter`, or undefined. A trailing `#` takes the rest as one. */
export function matchTopic(filter: string, topic: string): readonly string[] | undefined {
  const wanted = filter.split('/');
  const given = topic.split('/');
  const found: string[] = [];
  for (const [index, level] of wanted.entries()) {
    if (level === '#') return [...found, given.slice(index).join('/')];
    const one = given[index];
    if (one === undefined) return undefined;
    if (level === '+') found.push(one);
    else if (level !== one) return undefined;
  }
  return wanted.length === given.length ? found : undefined;
}
