import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { consoleRouter } from './app/router.tsx';
import { consoleWorld } from './app/world.ts';
import { WorldContext } from './app/world-context.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/parts.css';
import './styles/table.css';
import './styles/shell.css';
import './styles/overlays.css';

const world = consoleWorld();
const router = consoleRouter(world);

world.onSignedOut(() => {
  const { pathname, href } = router.state.location;
  if (pathname === '/signin') return;
  world.feed.stop();
  world.client.clear();
  void router.navigate({ to: '/signin', search: { next: href } });
});

createRoot(document.querySelector('#root')!).render(
  <StrictMode>
    <WorldContext value={world}>
      <QueryClientProvider client={world.client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </WorldContext>
  </StrictMode>,
);
