import { Buffer } from 'node:buffer';
import { type Clock, describeFailure, type Log } from '@selvedge/kernel';
import type { EdgeAudit } from '@selvedge/protocol';
import type { Store, StoreAudit } from '../../ports.ts';
import { type Finding, type Proof, prove } from './prove.ts';
import { readEdgeAudit } from './read-edge-audit.ts';

/** What a node said of its journal, as the API shows it. */
export interface EdgeView extends Omit<EdgeAudit, 'epoch' | 'head' | 'base' | 'checked'> {
  readonly head: number;
  readonly headHash: string;
  readonly base: number;
  readonly baseHash: string;
  readonly checkedRecords: number;
  readonly checkedBatches: number;
}

export interface NodeAudit {
  readonly node: string;
  readonly epoch: string;
  readonly online: boolean;
  /** Null when the node did not answer, or has begun another journal since. */
  readonly edge: EdgeView | null;
  readonly store: StoreAudit;
  readonly findings: readonly Finding[];
}

export interface Audit {
  readonly balanced: boolean;
  readonly complete: boolean;
  readonly lost: number;
  readonly doubled: number;
  readonly altered: number;
  readonly pending: number;
  readonly expired: number;
  /** Readings that went from the store's telemetry by policy. */
  readonly pruned: number;
  readonly at: number;
  readonly nodes: readonly NodeAudit[];
}

export interface AuditWorld {
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Pick<Store, 'log' | 'registry' | 'auditor'>;
  readonly links: { isOnline(node: string): boolean; ask(node: string, what: 'audit'): Promise<unknown> };
}

/**
 * Audits every journal that is known, one after the other; nodes that are not connected are audited on our side alone.
 * With `since` our side compares only what was journaled from that moment on.
 */
export async function audit(world: AuditWorld, since?: number): Promise<Audit> {
  const { registry, auditor } = world.store;
  const nodes = await registry.nodes();
  const current = new Map(nodes.map(({ id, epoch }) => [id, epoch]));
  const journals = await auditor.journals();
  const known = nodes.filter(({ epoch }) => epoch !== '').map(({ id, epoch }) => ({ node: id, epoch }));
  const all = [...journals, ...known.filter((one) => !journals.some((other) => isSame(one, other)))];
  const results: JournalResult[] = [];
  for (const one of all) results.push(await auditJournal(one, current.get(one.node) === one.epoch, world, since));
  const sum = (name: 'lost' | 'doubled' | 'altered' | 'pending' | 'expired'): number =>
    results.reduce((total, { proof }) => total + proof[name], 0);
  return {
    balanced: results.every(({ proof }) => proof.findings.length === 0),
    // A journal that its node has left behind can no longer be asked for; only current ones must answer.
    complete: results.every(({ view, isCurrent }) => view.edge !== null || !isCurrent),
    lost: sum('lost'),
    doubled: sum('doubled'),
    altered: sum('altered'),
    pending: sum('pending'),
    expired: sum('expired'),
    pruned: results.reduce((total, { view }) => total + view.store.pruned.readings, 0),
    at: world.clock.wall(),
    nodes: results.map(({ view }) => view),
  };
}

interface Journal {
  readonly node: string;
  readonly epoch: string;
}

const isSame = (one: Journal, other: Journal): boolean => one.node === other.node && one.epoch === other.epoch;

interface JournalResult {
  readonly view: NodeAudit;
  readonly proof: Proof;
  readonly isCurrent: boolean;
}

async function auditJournal(
  { node, epoch }: Journal,
  isCurrent: boolean,
  world: AuditWorld,
  since: number | undefined,
): Promise<JournalResult> {
  const { log, auditor } = world.store;
  const edge = isCurrent ? await askEdge(node, world) : undefined;
  const acknowledged = await log.acknowledged(node, epoch);
  const store = await auditor.store(node, epoch, since);
  const hashAt = async (offset: number | undefined): Promise<string | undefined> => {
    if (!offset) return undefined;
    const marks = await log.marks(node, epoch, [offset - 1, offset]);
    const mark = marks.find((one) => one.firstOffset + one.count === offset);
    return mark && Buffer.from(mark.hash).toString('hex');
  };
  const hashAtHead = await hashAt(edge?.head.offset);
  const hashAtBase = await hashAt(edge?.base.offset);
  const proof = prove({ edge, store, acknowledged, hashAtHead, hashAtBase, isWhole: since === undefined });
  const online = world.links.isOnline(node);
  const view: NodeAudit = {
    node,
    epoch,
    online,
    edge: edge ? viewOfEdge(edge) : null,
    store,
    findings: proof.findings,
  };
  return { view, proof, isCurrent };
}

/** The node's own audit, or undefined when it cannot be had: then the audit is not complete, and says so. */
async function askEdge(node: string, { links, log }: AuditWorld): Promise<EdgeAudit | undefined> {
  if (!links.isOnline(node)) return undefined;
  try {
    const read = readEdgeAudit(await links.ask(node, 'audit'));
    if (read.ok) return read.value;
    log.error('audit.answer_unreadable', { node, why: read.why });
  } catch (cause) {
    log.warn('audit.answer_missing', { node, ...describeFailure(cause) });
  }
  return undefined;
}

const viewOfEdge = ({ epoch: _, head, base, checked, ...rest }: EdgeAudit): EdgeView => ({
  ...rest,
  head: head.offset,
  headHash: head.hash,
  base: base.offset,
  baseHash: base.hash,
  checkedRecords: checked.records,
  checkedBatches: checked.batches,
});
