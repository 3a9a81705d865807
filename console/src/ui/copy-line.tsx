import { useState } from 'react';
import { Icon } from './icon.tsx';

/** A command line to take along. */
export function CopyLine({ text, label }: { readonly text: string; readonly label: string }) {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    // Without a clipboard (plain HTTP from another machine) the text can still be selected.
    await navigator.clipboard?.writeText(text).then(() => setCopied(true));
    setTimeout(() => setCopied(false), 2_000);
  };
  return (
    <div className="copy-line">
      <code>{text}</code>
      <button
        type="button"
        className="icon-button"
        aria-label={isCopied ? 'Copied' : label}
        onClick={() => void copy()}
      >
        <Icon name={isCopied ? 'check' : 'copy'} size={16} />
      </button>
    </div>
  );
}
