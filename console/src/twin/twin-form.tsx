import { type FormEvent, useId, useState } from 'react';
import type { TwinWish } from './twin-api.ts';
import { readTwinText } from './twin-rows.ts';

/** Sets one desired value or tag; an empty value deletes it. */
export function TwinForm({ isBusy, onWish }: { readonly isBusy: boolean; readonly onWish: (wish: TwinWish) => void }) {
  const [section, setSection] = useState<'desired' | 'tags'>('desired');
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const [isTried, setTried] = useState(false);
  const [sectionId, nameId, valueId, whyId] = [useId(), useId(), useId(), useId()];
  const isNameless = name.trim() === '';

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setTried(true);
    if (isNameless) return;
    onWish({ kind: 'set', section, name: name.trim(), value: text.trim() === '' ? null : readTwinText(text.trim()) });
    setText('');
    setTried(false);
  };

  return (
    <form className="command-form" onSubmit={submit} noValidate>
      <div className="field">
        <label htmlFor={sectionId}>What</label>
        <select
          id={sectionId}
          className="input select"
          value={section}
          onChange={(event) => setSection(event.target.value === 'tags' ? 'tags' : 'desired')}
        >
          <option value="desired">Desired value</option>
          <option value="tags">Tag</option>
        </select>
      </div>
      <div className="field">
        <label htmlFor={nameId}>Field</label>
        <input
          id={nameId}
          className="input"
          value={name}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          placeholder="heater.setpoint"
          aria-invalid={isTried && isNameless}
          aria-describedby={isTried && isNameless ? whyId : undefined}
          onChange={(event) => setName(event.target.value)}
        />
        {isTried && isNameless && (
          <p className="field-why" id={whyId}>
            Name the field.
          </p>
        )}
      </div>
      <div className="field">
        <label htmlFor={valueId}>
          Value <span className="muted">JSON or text, empty deletes</span>
        </label>
        <input
          id={valueId}
          className="input"
          value={text}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <button type="submit" className="button button-primary" disabled={isBusy}>
        Set
      </button>
    </form>
  );
}
