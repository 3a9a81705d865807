import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { Tooltip } from 'radix-ui';
import { asProblem } from '../api/problem.ts';
import { sessionQuery } from '../api/queries.ts';
import { Page } from '../ui/page.tsx';
import { Failure, Waiting } from '../ui/parts.tsx';
import { Shell } from './shell.tsx';
import type { ConsoleWorld } from './world.ts';

/** The addresses of the console. Every page but the fleet comes when it is first opened. */
export function consoleRouter(world: ConsoleWorld) {
  const root = createRootRoute({ component: Root });

  const signIn = createRoute({
    getParentRoute: () => root,
    path: '/signin',
    validateSearch: (search: Record<string, unknown>): { code?: string; next?: string } => ({
      ...(search['code'] === undefined ? {} : { code: String(search['code']) }),
      ...(typeof search['next'] === 'string' && search['next'].startsWith('/') ? { next: search['next'] } : {}),
    }),
    component: lazyRouteComponent(() => import('../signin/sign-in-page.tsx'), 'SignInPage'),
  });

  const shell = createRoute({
    getParentRoute: () => root,
    id: 'shell',
    beforeLoad: async ({ location }) => {
      try {
        await world.client.ensureQueryData(sessionQuery);
      } catch (cause) {
        if (asProblem(cause).signedOut) throw redirect({ to: '/signin', search: { next: location.href } });
      }
    },
    component: Shell,
  });

  const below = <Path extends string>(path: Path) => ({ getParentRoute: () => shell, path });
  const fleet = createRoute({
    ...below('/'),
    validateSearch: (search: Record<string, unknown>): { text?: string; type?: string; node?: string } =>
      Object.fromEntries(
        ['text', 'type', 'node'].flatMap((name) => (search[name] === undefined ? [] : [[name, String(search[name])]])),
      ),
    component: lazyRouteComponent(() => import('../fleet/fleet-page.tsx'), 'FleetPage'),
  });
  const device = createRoute({
    ...below('/devices/$id'),
    component: lazyRouteComponent(() => import('../device/device-page.tsx'), 'DevicePage'),
  });
  const twin = createRoute({
    ...below('/devices/$id/twin'),
    component: lazyRouteComponent(() => import('../twin/twin-page.tsx'), 'TwinPage'),
  });
  const alerts = createRoute({
    ...below('/alerts'),
    component: lazyRouteComponent(() => import('../alerts/alerts-page.tsx'), 'AlertsPage'),
  });
  const nodes = createRoute({
    ...below('/nodes'),
    component: lazyRouteComponent(() => import('../nodes/nodes-page.tsx'), 'NodesPage'),
  });
  const node = createRoute({
    ...below('/nodes/$id'),
    component: lazyRouteComponent(() => import('../nodes/node-page.tsx'), 'NodePage'),
  });
  const audit = createRoute({
    ...below('/audit'),
    component: lazyRouteComponent(() => import('../audit/audit-page.tsx'), 'AuditPage'),
  });
  const quarantine = createRoute({
    ...below('/quarantine'),
    component: lazyRouteComponent(() => import('../quarantine/quarantine-page.tsx'), 'QuarantinePage'),
  });

  const conflicts = createRoute({
    ...below('/conflicts'),
    component: lazyRouteComponent(() => import('../twin/conflicts-page.tsx'), 'ConflictsPage'),
  });

  const unknown = createRoute({ ...below('/$'), component: NoSuchPage });

  const tree = root.addChildren([
    signIn,
    shell.addChildren([fleet, device, twin, alerts, nodes, node, audit, quarantine, conflicts, unknown]),
  ]);
  return createRouter({
    routeTree: tree,
    defaultPreload: 'intent',
    scrollRestoration: true,
    defaultPendingComponent: () => <Waiting rows={6} label="Loading the page" />,
    defaultErrorComponent: ({ error, reset }) => <Failure problem={asProblem(error)} onRetry={reset} />,
    defaultNotFoundComponent: NoSuchPage,
  });
}

function NoSuchPage() {
  return (
    <Page title="No such page" about="The address leads nowhere in this console.">
      <div>
        <Link to="/" className="button">
          To the fleet
        </Link>
      </div>
    </Page>
  );
}

function Root() {
  return (
    <Tooltip.Provider delayDuration={400}>
      <Outlet />
    </Tooltip.Provider>
  );
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof consoleRouter>;
  }
}
