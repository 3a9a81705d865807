import type { BridgeState } from '../api/views.ts';
import { formatCount, plural } from '../format/number.ts';
import { Card } from '../ui/page.tsx';
import { Presence } from '../ui/parts.tsx';

const ways: Readonly<Record<BridgeState['direction'], string>> = {
  in: 'topics in',
  out: 'topics out',
  readings: 'readings out',
};

/** The bridges of a node to other brokers, each way by itself. */
export function BridgeList({ bridges }: { readonly bridges: readonly BridgeState[] }) {
  return (
    <Card title="Bridges" about={plural(bridges.length, 'way')} className="node-report">
      <ul className="bridges">
        {bridges.map(({ bridge, direction, connected, inFlight, behind }) => (
          <li key={`${bridge} ${direction}`} className="bridge">
            <Presence online={connected} />
            <span className="bridge-name">{bridge}</span>
            <span className="muted">{ways[direction]}</span>
            <span className="bridge-more muted">
              {connected ? 'connected' : 'not connected'}
              {inFlight > 0 && `, ${formatCount(inFlight)} on their way`}
              {behind !== undefined && behind > 0 && `, ${plural(behind, 'record')} behind`}
            </span>
          </li>
        ))}
      </ul>
    </Card>
  );
}
