import type { CommandState, CommandView } from '../api/views.ts';
import { Badge, Moment, type Tone } from '../ui/parts.tsx';
import { resultText } from './command-progress.ts';

const tones: Readonly<Record<CommandState, Tone>> = {
  queued: 'info',
  sent: 'info',
  delivered: 'info',
  done: 'ok',
  failed: 'bad',
  expired: 'warn',
};

/** Shown before somebody asks for all. */
const shownFirst = 6;

export function CommandHistory({
  commands,
  isLoading,
}: {
  readonly commands: readonly CommandView[];
  readonly isLoading: boolean;
}) {
  return (
    <div className="command-history">
      <h3>Earlier</h3>
      {!isLoading && commands.length === 0 && (
        <p className="muted">None. What rules and operators send is listed here.</p>
      )}
      <ul>
        {commands.slice(0, shownFirst).map((command) => (
          <HistoryLine key={command.id} command={command} />
        ))}
      </ul>
      {commands.length > shownFirst && (
        <details>
          <summary>{commands.length - shownFirst} more</summary>
          <ul>
            {commands.slice(shownFirst).map((command) => (
              <HistoryLine key={command.id} command={command} />
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}

function HistoryLine({ command }: { readonly command: CommandView }) {
  const result = resultText(command.result);
  return (
    <li className="history-line">
      <span className="history-name">{command.name}</span>
      <Badge tone={tones[command.state]}>{command.state}</Badge>
      <span className="history-more">
        {command.origin.startsWith('rule:') ? `by rule ${command.origin.slice(5)}` : 'by an operator'}
        {result !== undefined && <> · {result}</>}
      </span>
      <span className="history-at">
        <Moment at={command.issuedAt} />
      </span>
    </li>
  );
}
