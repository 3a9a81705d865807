const clock = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const dayAndClock = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const whole = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', hourCycle: 'h23' });

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** The time of day, to the second. */
export const formatClock = (at: number): string => clock.format(at);

/** The time of day, with the date unless it is within half a day of `now`. */
export function formatMoment(at: number, now: number): string {
  return Math.abs(now - at) < day / 2 ? clock.format(at) : dayAndClock.format(at);
}

/** Everything, for a tooltip. */
export const formatWhole = (at: number): string => whole.format(at);

/** A length of time in its largest unit, and the next one while the first is small: `8 s`, `2 min 5 s`, `3 h`, `5 d`. */
export function formatSpan(length: number): string {
  const span = Math.max(0, length);
  if (span >= minute && span < 10 * minute) return pair(span, minute, 'min', second, 's');
  if (span >= hour && span < 10 * hour) return pair(span, hour, 'h', minute, 'min');
  return formatUnit(span);
}

/** How long ago; a time slightly ahead of this machine's clock is now, a time far ahead is said to be. */
export function formatAge(at: number, now: number): string {
  const age = now - at;
  if (age < -10 * second) return `in ${formatSpan(-age)}`;
  return age < 2 * second ? 'now' : `${formatUnit(age)} ago`;
}

/** A length of time in its largest unit alone. */
function formatUnit(span: number): string {
  if (span < minute) return `${Math.floor(span / second)} s`;
  if (span < hour) return `${Math.floor(span / minute)} min`;
  return span < 2 * day ? `${Math.floor(span / hour)} h` : `${Math.floor(span / day)} d`;
}

function pair(span: number, large: number, largeName: string, small: number, smallName: string): string {
  const rest = Math.floor((span % large) / small);
  return `${Math.floor(span / large)} ${largeName}${rest === 0 ? '' : ` ${rest} ${smallName}`}`;
}
