import type { ControlRequest } from '../adapters/socket/control.ts';
import { type ChildName, childNames } from '../engines/supervisor/supervisor.ts';
import { cliFaults } from '../faults.ts';
import type { Ports } from '../port-table.ts';
import type { Supervisor } from '../supervisor.ts';

export interface UpStatus {
  readonly pid: number;
  readonly ports: Ports;
  readonly children: Readonly<Record<ChildName, { readonly phase: string; readonly pid: number | null }>>;
}

/** Answers `selvedge start`, `stop` and `doctor`. */
export function controlHandler(
  children: Supervisor,
  { ports }: { readonly ports: Ports },
): (request: ControlRequest) => Promise<unknown> {
  return async (request) => {
    if (request.ask === 'status') return statusOf(children, ports);
    if (request.ask === 'stop' && request.name === 'all') {
      // The answer must leave before the socket closes.
      setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50);
      return { name: 'all', phase: 'stopping', changed: true };
    }
    const name = childNames.find((one) => one === request.name);
    if (!name) throw cliFaults('CLI_MISUSED', `there is no "${request.name}"; there are ${childNames.join(', ')}`);
    const before = children.children()[name].phase;
    try {
      await (request.ask === 'start' ? children.start(name) : children.stop(name));
    } catch (cause) {
      const { message, hint, code } = cause as { message: string; hint?: string; code?: string };
      throw Object.assign(new Error(`${name} did not start: ${message}`), { hint, code });
    }
    const { phase } = children.children()[name];
    return { name, phase, changed: phase !== before };
  };
}

function statusOf(children: Supervisor, ports: Ports): UpStatus {
  const all = children.children();
  const one = (name: ChildName) => ({ phase: all[name].phase, pid: all[name].pid ?? null });
  return { pid: process.pid, ports, children: { cloud: one('cloud'), edge: one('edge'), demo: one('demo') } };
}
