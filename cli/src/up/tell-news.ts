import type { ChildFailure, ChildName, News } from '../engines/supervisor/supervisor.ts';
import type { Supervisor } from '../supervisor.ts';
import { logFileOf } from './child-specs.ts';
import type { UpOptions } from './run-up.ts';

/** Says in a line what happens to the children while `up` runs; a healthy hour is silent. */
export function tellNews(children: Supervisor, { context, where }: Pick<UpOptions, 'context' | 'where'>): void {
  const { out, data, signal } = context;
  children.onNews((name, news, failure) => {
    // Who stops everything need not be told of each part.
    if (signal.aborted) return;
    const line = newsLine(name, news, failure, { logFile: logFileOf(data, name), where });
    if (line !== undefined) out.write(`${line}\n`);
  });
}

export function newsLine(
  name: ChildName,
  news: News,
  failure: ChildFailure | undefined,
  { logFile, where }: { readonly logFile: string; readonly where: string },
): string | undefined {
  const why = failure === undefined ? '' : ` (${failure.message.split('\n')[0]})`;
  switch (news) {
    case 'crashed':
      return `${name} ended by itself${why}; it is started again, as often as it takes: ${logFile}`;
    case 'failed':
      return `${name} does not stay up${why} and is left alone. After looking at ${logFile}: selvedge start ${name}${where}`;
    case 'recovered':
      return `${name} runs again.`;
    case 'ready':
      return `${name} was started.`;
    case 'stopped':
      return `${name} was stopped.`;
  }
}
