import { Toast } from 'radix-ui';
import { useSyncExternalStore } from 'react';
import { Icon } from '../ui/icon.tsx';
import { useWorld } from './world-context.ts';

/** Short messages over the page; F8 brings the focus to them. */
export function NoticeList() {
  const { notices } = useWorld();
  const all = useSyncExternalStore(notices.subscribe, notices.all);
  return (
    <Toast.Provider swipeDirection="down" label="Message">
      {all.map((notice) => (
        <Toast.Root
          key={notice.id}
          className={`notice notice-${notice.tone}`}
          duration={notice.lastsMs}
          type={notice.tone === 'bad' ? 'foreground' : 'background'}
          onOpenChange={(isOpen) => !isOpen && notices.dismiss(notice.id)}
        >
          <div className="notice-words">
            <Toast.Title className="notice-title">{notice.title}</Toast.Title>
            {notice.text !== '' && <Toast.Description>{notice.text}</Toast.Description>}
          </div>
          {notice.action && (
            <Toast.Action asChild altText={notice.action.label}>
              <button type="button" className="button" onClick={notice.action.run}>
                {notice.action.label}
              </button>
            </Toast.Action>
          )}
          <Toast.Close asChild>
            <button type="button" className="icon-button" aria-label="Close the message">
              <Icon name="close" size={16} />
            </button>
          </Toast.Close>
        </Toast.Root>
      ))}
      <Toast.Viewport className="notices" />
    </Toast.Provider>
  );
}
