import { defineFaults } from '@selvedge/kernel';

export const ingestFaults = defineFaults({
  INGEST_BUSY: {
    retry: 'later',
    hint: 'The store is slower than the node ships. Look at the disk of the cloud; the node keeps what it has and tries again.',
  },
  INGEST_MISUSED: { retry: 'never', hint: 'Ship whole batches with at least one record; correct the caller.' },
});
