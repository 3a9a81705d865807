import { QueryCache, QueryClient } from '@tanstack/react-query';
import { type AlertDesk, alertDesk } from '../alerts/alert-desk.ts';
import { asProblem, Problem } from '../api/problem.ts';
import { nodesQuery } from '../api/queries.ts';
import { path, request } from '../api/request.ts';
import type { AlertState, AlertView, CommandView, FeedEvent, NodeView } from '../api/views.ts';
import { type FeedClient, feedClient } from '../feed/client.ts';
import { foldAlert, foldCommand, foldNode } from '../feed/fold.ts';
import { frames } from '../feed/frames.ts';
import { type LiveStore, liveStore } from '../feed/live.ts';
import { type LinkStore, linkStore } from '../nodes/link-store.ts';
import { type Notices, notices } from '../ui/notices.ts';

/** Everything that lives as long as the page; made once and lent to the components. */
export interface ConsoleWorld {
  readonly client: QueryClient;
  readonly feed: FeedClient;
  readonly live: LiveStore;
  readonly links: LinkStore;
  readonly desk: AlertDesk;
  readonly notices: Notices;
  /** Told when the session has ended. */
  onSignedOut(listener: () => void): void;
}

/** Between two updates of what moves: fast enough to look live, slow enough to be read. */
const flushGapMs = 100;
/** How long an acknowledgement can be undone. */
const holdMs = 5_000;
/** Unknown devices are fetched together, at most this often. */
const newcomersMs = 3_000;

export function consoleWorld(): ConsoleWorld {
  let signedOut = (): void => undefined;
  const live = liveStore();
  const links = linkStore();
  const notes = notices();
  const client = queryClient((problem) => {
    if (problem.signedOut) signedOut();
    else if (problem.unreachable) feed.doubt();
  });
  const inbox = feedInbox(client, live);
  const feed = feedClient(feedUrl, {
    deliver: inbox.deliver,
    reload: () => {
      live.clear();
      void client.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[0] !== 'audit' && queryKey[0] !== 'session',
      });
    },
    probe: holdsSession,
    signedOut: () => signedOut(),
  });
  const desk = alertDesk({
    holdMs,
    send: async (id, to, isLast) => {
      const verb = to === 'cleared' ? 'clear' : 'acknowledge';
      const alert = await request<AlertView>('POST', path(['alerts', id, verb]), { keepalive: isLast });
      foldAlertInto(client, alert);
    },
    failed: (_id, to, cause) => notes.fail(`The alert is not ${to}`, asProblem(cause)),
  });
  followNodes(client, links);
  return { client, feed, live, links, desk, notices: notes, onSignedOut: (listener) => void (signedOut = listener) };
}

function queryClient(failed: (problem: Problem) => void): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: (cause) => failed(asProblem(cause)) }),
    defaultOptions: {
      queries: {
        // A plant's network has no way to the internet, which is what the browser means by online.
        networkMode: 'always',
        retry: (count, cause) => count < 2 && asProblem(cause).unreachable,
        retryDelay: (count) => 400 * 2 ** count,
        staleTime: 5_000,
      },
      mutations: { networkMode: 'always' },
    },
  });
}

const feedUrl = (since: number | null): string =>
  `${location.origin.replace(/^http/, 'ws')}/v1/feed${since === null ? '' : `?since=${since}`}`;

async function holdsSession(): Promise<boolean> {
  try {
    await request('GET', path(['session']));
    return true;
  } catch (cause) {
    if (cause instanceof Problem && cause.signedOut) return false;
    throw cause;
  }
}

/** Takes events in as fast as they come and tells the page about all of them together, once a frame. */
function feedInbox(client: QueryClient, live: LiveStore): { deliver(event: FeedEvent): void } {
  // The latest of each thing is all that counts, which also bounds what waits while the page is hidden.
  const waiting = new Map<string, Exclude<FeedEvent, { kind: 'reading' }>>();
  let newcomers: ReturnType<typeof setTimeout> | undefined;

  const frame = frames(() => {
    const events = [...waiting.values()];
    waiting.clear();
    for (const event of events) {
      if (event.kind === 'alert') foldAlertInto(client, event.data);
      else if (event.kind === 'command') foldCommandInto(client, event.data);
      else client.setQueryData<readonly NodeView[]>(nodesQuery.queryKey, (list) => list && foldNode(list, event.data));
    }
    live.flush();
    if (newcomers === undefined && hasUnknown(client, live.newcomers())) {
      newcomers = setTimeout(() => {
        newcomers = undefined;
        void client.invalidateQueries({ queryKey: ['devices'] });
      }, newcomersMs);
    }
  }, flushGapMs);

  return {
    deliver(event) {
      if (event.kind === 'reading') live.take(event.data, Date.now());
      else waiting.set(`${event.kind} ${event.data.id}`, event);
      frame.request();
    },
  };
}

function hasUnknown(client: QueryClient, ids: readonly string[]): boolean {
  if (ids.length === 0) return false;
  const fleets = client.getQueriesData<{ devices: readonly { id: string }[] }>({ queryKey: ['devices'] });
  const known = new Set(fleets.flatMap(([, fleet]) => fleet?.devices.map(({ id }) => id) ?? []));
  return known.size > 0 && ids.some((id) => !known.has(id));
}

function foldAlertInto(client: QueryClient, alert: AlertView): void {
  for (const state of ['active', 'acknowledged', 'cleared'] satisfies AlertState[]) {
    client.setQueryData<readonly AlertView[]>(
      ['alerts', state],
      (list) => list && foldAlert(list, alert, (one) => one.state === state),
    );
  }
  client.setQueryData<readonly AlertView[]>(
    ['device-alerts', alert.device],
    (list) => list && foldAlert(list, alert, () => true),
  );
}

export function foldCommandInto(client: QueryClient, command: CommandView): void {
  client.setQueryData<readonly CommandView[]>(
    ['commands', command.device],
    (list) => list && foldCommand(list, command),
  );
}

/** Keeps the memory of links true; after an outage the proof is made anew and the charts fetch what came late. */
function followNodes(client: QueryClient, links: LinkStore): void {
  client.getQueryCache().subscribe((event) => {
    if (event.type !== 'updated' || event.query.queryKey[0] !== 'nodes' || event.query.state.data === undefined) return;
    const caughtUp = links.look(event.query.state.data as readonly NodeView[], Date.now());
    if (caughtUp.length === 0) return;
    void client.invalidateQueries({ queryKey: ['audit'] });
    void client.invalidateQueries({ queryKey: ['series'] });
    void client.invalidateQueries({ queryKey: ['devices'] });
  });
}
