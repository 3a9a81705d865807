import { Popover } from 'radix-ui';
import { Icon } from '../ui/icon.tsx';

const shortcuts = [
  { keys: ['↓', 'j'], does: 'next alert' },
  { keys: ['↑', 'k'], does: 'alert before' },
  { keys: ['a'], does: 'acknowledge' },
  { keys: ['c'], does: 'clear' },
  { keys: ['u'], does: 'undo the last one' },
  { keys: ['Enter'], does: 'open the device' },
] as const;

/** The keys work while the focus is in the list, so that they disturb no typing and no screen reader elsewhere. */
export function ShortcutHelp() {
  return (
    <Popover.Root>
      <Popover.Trigger asChild>
        <button type="button" className="button desktop-only">
          <Icon name="keyboard" size={16} />
          Keys
        </button>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover" align="end" sideOffset={6} aria-label="Keys of the alert list">
          <p className="popover-title">With the focus in the list</p>
          <dl className="shortcuts">
            {shortcuts.map(({ keys, does }) => (
              <div key={does}>
                <dt>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}
