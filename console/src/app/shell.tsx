import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate } from '@tanstack/react-router';
import { Tooltip } from 'radix-ui';
import { useEffect } from 'react';
import { withHeld } from '../alerts/held-changes.ts';
import { alertListMax, alertsQuery, nodesQuery, sessionQuery } from '../api/queries.ts';
import { path, request } from '../api/request.ts';
import { eventsPerSecond } from '../feed/rate.ts';
import { formatRate } from '../format/number.ts';
import { useNow } from '../ui/hooks.ts';
import { Icon, type IconName, Mark } from '../ui/icon.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { NoticeList } from './notice-list.tsx';
import { chooseTheme, themes, useTheme } from './theme.ts';
import { useFeedState, useHeldChanges, useWorld } from './world-context.ts';

const places = [
  { to: '/', label: 'Fleet', icon: 'fleet' },
  { to: '/alerts', label: 'Alerts', icon: 'alerts' },
  { to: '/nodes', label: 'Nodes', icon: 'nodes' },
  { to: '/audit', label: 'Audit', icon: 'audit' },
  { to: '/quarantine', label: 'Quarantine', icon: 'quarantine' },
] as const satisfies readonly { to: string; label: string; icon: IconName }[];

/** What stands around every page of a signed-in operator. */
export function Shell() {
  const { feed, desk } = useWorld();
  // Held here so that the memory of links is kept on every page.
  useQuery(nodesQuery);
  useEffect(() => {
    feed.start();
    const hurry = (): void => {
      if (!document.hidden) feed.hurry();
    };
    const flush = (): void => desk.flush();
    document.addEventListener('visibilitychange', hurry);
    addEventListener('pagehide', flush);
    return () => {
      feed.stop();
      desk.flush();
      document.removeEventListener('visibilitychange', hurry);
      removeEventListener('pagehide', flush);
    };
  }, [feed, desk]);
  return (
    <>
      <a className="skip-link" href="#main">
        Skip to the content
      </a>
      <div className="shell">
        <Sidebar />
        <div className="stage">
          <main id="main" tabIndex={-1}>
            <Outlet />
          </main>
        </div>
      </div>
      <ConnectionBanner />
      <NoticeList />
    </>
  );
}

function Sidebar() {
  return (
    <header className="sidebar">
      <Link to="/" className="brand" aria-label="Selvedge, to the fleet">
        <Mark />
        <span className="brand-name">Selvedge</span>
      </Link>
      <nav aria-label="Main" className="places">
        {places.map(({ to, label, icon }) => (
          <Link key={to} to={to} className="place" activeOptions={{ exact: to === '/', includeSearch: false }}>
            <Icon name={icon} size={20} />
            <span className="place-label">{label}</span>
            {to === '/alerts' && <ActiveAlerts />}
          </Link>
        ))}
      </nav>
      <div className="sidebar-foot">
        <Pulse />
        <Operator />
      </div>
    </header>
  );
}

function ActiveAlerts() {
  const { data } = useQuery(alertsQuery('active'));
  const held = useHeldChanges();
  const count = withHeld(data ?? [], held).filter(({ state }) => state === 'active').length;
  if (count === 0) return null;
  return (
    <span className="place-count">
      {count >= alertListMax ? `${alertListMax}+` : count}
      <span className="visually-hidden"> active</span>
    </span>
  );
}

/** Whether what is shown is live, and how much moves. */
function Pulse() {
  const { live } = useWorld();
  const { phase } = useFeedState();
  const now = useNow();
  const isLive = phase === 'live';
  return (
    <p className={isLive ? 'pulse is-live' : 'pulse'}>
      <span className="pulse-dot" />
      <span className="pulse-words">
        {isLive ? 'Live' : 'Connecting'}
        {isLive && <span className="muted"> · {formatRate(eventsPerSecond(live.rate(), now))}/s</span>}
      </span>
    </p>
  );
}

function Operator() {
  const { client, feed } = useWorld();
  const navigate = useNavigate();
  const { data } = useQuery(sessionQuery);
  const name = typeof data?.operator === 'string' ? data.operator : (data?.operator.name ?? '');
  const signOut = async (): Promise<void> => {
    await request('DELETE', path(['session'])).catch(() => undefined);
    feed.stop();
    client.clear();
    await navigate({ to: '/signin', search: {} });
  };
  return (
    <div className="operator">
      <span className="operator-face" aria-hidden="true">
        {name.slice(0, 1)}
      </span>
      <span className="operator-name">{name}</span>
      <ThemeButton />
      <Tip label="Sign out">
        <button type="button" className="icon-button" aria-label="Sign out" onClick={() => void signOut()}>
          <Icon name="leave" />
        </button>
      </Tip>
    </div>
  );
}

export function ThemeButton() {
  const theme = useTheme();
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  const icon = ({ system: 'system', light: 'sun', dark: 'moon' } as const)[theme];
  const label = `Theme: ${theme}. Change to ${next}`;
  return (
    <Tip label={label}>
      <button type="button" className="icon-button" aria-label={label} onClick={() => chooseTheme(next)}>
        <Icon name={icon} />
      </button>
    </Tip>
  );
}

function Tip({ label, children }: { readonly label: string; readonly children: React.ReactNode }) {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Content className="tooltip" sideOffset={6} collisionPadding={8}>
          {label}
        </Tooltip.Content>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
