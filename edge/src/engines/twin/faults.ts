import { defineFaults } from '@selvedge/kernel';

export const twinFaults = defineFaults({
  EDGE_TWIN_UNFIT: {
    retry: 'never',
    hint: 'docs/guide/twin.md tells what a twin may hold, and who may edit what.',
  },
  EDGE_TWIN_CHANGED: {
    retry: 'never',
    hint: 'Read the twin again and look whether the edit still fits; then send it with the new version.',
  },
  EDGE_TWIN_FULL: { retry: 'later', hint: 'Delete fields that nobody uses, or raise twin.sizeMax.' },
});
