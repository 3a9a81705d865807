import type { ChunkSummary } from '../../engines/telemetry/summary.ts';

/** A chunk's summary as the table `chunk` names its parts. */
export const chunkColumns = (summary: ChunkSummary) => ({
  rows: summary.rows,
  offset_from: summary.offsetFrom,
  offset_to: summary.offsetTo,
  taken_from: summary.takenFrom,
  taken_to: summary.takenTo,
  boot_from: summary.bootFrom,
  boot_to: summary.bootTo,
  seq_from: summary.seqFrom,
  seq_to: summary.seqTo,
  metrics: summary.metrics,
});
