import type { CommandView } from '../api/views.ts';
import { formatClock } from '../format/time.ts';
import { useNow } from '../ui/hooks.ts';
import { Icon } from '../ui/icon.tsx';
import { commandAdvice, commandSteps, resultText } from './command-progress.ts';

/** A command on its way, station by station, with the device's answer or what to do. */
export function CommandState({
  command,
  isNodeOnline,
}: {
  readonly command: CommandView;
  readonly isNodeOnline: boolean;
}) {
  const now = useNow();
  const advice = commandAdvice(command, isNodeOnline, now);
  const result = resultText(command.result);
  return (
    <div className={`command-state is-${command.state}`}>
      <p className="command-line">
        <strong>{command.name}</strong>
        <span className="visually-hidden"> is {command.state}</span>
        <span className="muted">{formatClock(command.issuedAt)}</span>
      </p>
      <ol className="stations">
        {commandSteps(command).map(({ name, look, at }) => (
          <li key={name} className={`station is-${look}`} aria-current={look === 'current' ? 'step' : undefined}>
            <span className="station-dot">
              {look === 'done' && <Icon name="check" size={12} />}
              {look === 'failed' && <Icon name="close" size={12} />}
            </span>
            <span className="station-name">{name}</span>
            <span className="station-at">{at === null || look === 'ahead' ? '\u00a0' : formatClock(at)}</span>
          </li>
        ))}
      </ol>
      {result !== undefined && (
        <p className="command-result">
          <span className="muted">The device answered</span> <code>{result}</code>
        </p>
      )}
      {advice !== '' && <p className="command-advice">{advice}</p>}
    </div>
  );
}
