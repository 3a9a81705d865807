import type { LinkUse } from '@selvedge/protocol';
import type { Route } from '../../ports.ts';
import { absent } from './asked.ts';

/** How the node uses its link, and what that costs, over HTTP. */
export function linkRoutes(use: () => { readonly mode: string; readonly link?: LinkUse }): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/link',
      for: 'operator',
      handle() {
        const { mode, link } = use();
        if (!link) throw absent('this node has no cloud');
        return { status: 200, body: { mode, ...link } };
      },
    },
  ];
}
