import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import { asProblem } from '../api/problem.ts';
import { commandsQuery } from '../api/queries.ts';
import { path, request } from '../api/request.ts';
import type { CommandOrder, CommandView } from '../api/views.ts';
import { foldCommandInto } from '../app/world.ts';
import { useWorld } from '../app/world-context.ts';
import { Icon } from '../ui/icon.tsx';
import { Card } from '../ui/page.tsx';
import { Failure } from '../ui/parts.tsx';
import { CommandHistory } from './command-history.tsx';
import { readArguments, suggestedCommands } from './command-progress.ts';
import { CommandState } from './command-state.tsx';

const expiries = [
  { seconds: 30, label: '30 seconds' },
  { seconds: 60, label: '1 minute' },
  { seconds: 300, label: '5 minutes' },
  { seconds: 3_600, label: '1 hour' },
  { seconds: 86_400, label: '1 day' },
] as const;

/** Sends a command to the device and shows how it fares. */
export function CommandPanel({ device, isNodeOnline }: { readonly device: string; readonly isNodeOnline: boolean }) {
  const { client } = useWorld();
  const { data: commands } = useQuery(commandsQuery(device));
  // Chosen once: a button must not move under the finger because a command was sent.
  const [suggestions] = useState(() => suggestedCommands(commands ?? []));
  const [lastId, setLastId] = useState<string | undefined>(undefined);
  const send = useMutation({
    mutationFn: (order: CommandOrder) =>
      request<CommandView>('POST', path(['devices', device, 'commands']), { body: order }),
    onSuccess: (command) => {
      setLastId(command.id);
      foldCommandInto(client, command);
    },
  });
  const last = commands?.find(({ id }) => id === lastId) ?? (send.data?.id === lastId ? send.data : undefined);

  return (
    <Card title="Send a command" className="command-panel">
      <CommandForm suggestions={suggestions} isSending={send.isPending} onSend={send.mutate} />
      <div className="command-last" aria-live="polite">
        {send.error && <Failure problem={asProblem(send.error)} />}
        {last && <CommandState command={last} isNodeOnline={isNodeOnline} />}
      </div>
      <CommandHistory
        commands={(commands ?? []).filter(({ id }) => id !== lastId)}
        isLoading={commands === undefined}
      />
    </Card>
  );
}

function CommandForm({
  suggestions,
  isSending,
  onSend,
}: {
  readonly suggestions: readonly string[];
  readonly isSending: boolean;
  readonly onSend: (order: CommandOrder) => void;
}) {
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [expiry, setExpiry] = useState(60);
  const [isTried, setTried] = useState(false);
  const [fieldId, argumentsId, whyId] = [useId(), useId(), useId()];
  const read = readArguments(text);
  const nameWhy = isTried && name.trim() === '' ? 'Choose a command or type one.' : '';
  const argumentsWhy = isTried && !read.ok ? read.why : '';

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (name.trim() === '' || !read.ok) return;
    onSend({ command: name.trim(), expiresInSeconds: expiry, ...(read.value ? { arguments: read.value } : {}) });
    setTried(false);
  };

  return (
    <form className="command-form" onSubmit={submit} noValidate>
      <div className="field">
        <label htmlFor={fieldId}>Command</label>
        <input
          id={fieldId}
          className="input"
          value={name}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          placeholder="Type one or choose below"
          aria-invalid={nameWhy !== ''}
          aria-describedby={nameWhy === '' ? undefined : whyId}
          onChange={(event) => setName(event.target.value)}
        />
        {nameWhy !== '' && (
          <p className="field-why" id={whyId}>
            {nameWhy}
          </p>
        )}
        {/* biome-ignore lint/a11y/useSemanticElements: a fieldset would announce itself around three small buttons */}
        <div className="suggestions" role="group" aria-label="Known commands">
          {suggestions.map((one) => (
            <button key={one} type="button" className="chip" aria-pressed={one === name} onClick={() => setName(one)}>
              {one}
            </button>
          ))}
        </div>
      </div>
      <details className="field-more">
        <summary>Arguments and expiry</summary>
        <div className="field">
          <label htmlFor={argumentsId}>
            Arguments <span className="muted">optional, JSON</span>
          </label>
          <textarea
            id={argumentsId}
            className="input input-code"
            rows={2}
            value={text}
            spellCheck={false}
            placeholder='{"speed": 0.5}'
            aria-invalid={argumentsWhy !== ''}
            aria-describedby={`${argumentsId}-why`}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
        <label className="field">
          Expires after
          <select className="input select" value={expiry} onChange={(event) => setExpiry(Number(event.target.value))}>
            {expiries.map(({ seconds, label }) => (
              <option key={seconds} value={seconds}>
                {label}
              </option>
            ))}
          </select>
        </label>
      </details>
      {argumentsWhy !== '' && (
        <p className="field-why" id={`${argumentsId}-why`}>
          {argumentsWhy}
        </p>
      )}
      <button type="submit" className="button button-primary" disabled={isSending}>
        <Icon name="send" size={16} />
        {isSending ? 'Sending …' : 'Send'}
      </button>
    </form>
  );
}
