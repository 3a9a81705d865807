/** One scale for everything that can go wrong, mildest first. `medium` elsewhere is minor; `warning` and `high` are major. */
export const severities = ['info', 'minor', 'major', 'critical'] as const;
export type Severity = (typeof severities)[number];
