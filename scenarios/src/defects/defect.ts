import type { IngestLog, Store } from '@selvedge/cloud';
import type { Transport } from '@selvedge/device';
import type { Intake, LinkConnection, Outlet } from '@selvedge/edge';
import type { Disk } from '@selvedge/journal';
import type { Clock, Entropy } from '@selvedge/kernel';
import type { Held } from '../../../edge/src/engines/configuration/held.ts';

/**
 * A bug that somebody could have written, planted between two parts of the product without a change to either. Each
 * member stands between the part it is given and those who use it.
 */
export interface Defect {
  readonly name: string;
  /** What a programmer would have done wrong. */
  readonly about: string;
  /** Between the edge's door and its intake. */
  intake?(intake: Intake): Intake;
  /** Between the edge's command desk and its door. */
  outlet?<Door extends Outlet>(outlet: Door): Door;
  /** Between the edge's link and the network. */
  link?(connection: LinkConnection, clock: Clock): LinkConnection;
  /** Between the edge's journal and its disk. */
  disk?(disk: Disk): Disk;
  /** Between a device's outbox and the network. */
  transport?(transport: Transport, clock: Clock): Transport;
  /** Whether devices forget their disk at each start. */
  readonly forgetfulDevices?: boolean;
  /** Between the edges' wall clocks and those who ask for the time. */
  clock?(clock: Clock): Clock;
  /** Between the edges and their source of what nobody can guess. */
  entropy?(entropy: Entropy): Entropy;
  /** Between a node that is configured and its disk: what is kept in place of the next, where that was before. */
  held?(next: Held, before: Held | undefined): Held;
  /** Between the cloud's ingest and its log. */
  log?(log: IngestLog, clock: Clock): IngestLog;
  /** Between the cloud and its store, from one start to the next; `life` counts these from 1. */
  store?<Kept extends Store>(store: Kept, life: number): Kept;
}
