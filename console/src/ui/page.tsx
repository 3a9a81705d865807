import { type ReactNode, useEffect, useRef } from 'react';

let isFirstPage = true;

/** The name by which the tab and the history know the page; the heading takes the focus, so that a screen reader tells of the change. */
export function Page({
  title,
  heading,
  about,
  actions,
  children,
}: {
  readonly title: string;
  readonly heading?: ReactNode;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}) {
  const top = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · Selvedge`;
    const stays = isFirstPage || document.activeElement?.closest('nav');
    isFirstPage = false;
    if (!stays) top.current?.focus({ preventScroll: true });
  }, [title]);
  return (
    <>
      <header className="page-head">
        <div className="page-words">
          <h1 ref={top} tabIndex={-1}>
            {heading ?? title}
          </h1>
          {about && <p className="page-about">{about}</p>}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export function Card({
  title,
  about,
  actions,
  className = '',
  children,
}: {
  readonly title?: string;
  readonly about?: ReactNode;
  readonly actions?: ReactNode;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    <section className={`card ${className}`} aria-label={title}>
      {title && (
        <header className="card-head">
          <h2>{title}</h2>
          {about && <span className="card-about">{about}</span>}
          {actions && <div className="card-actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}
