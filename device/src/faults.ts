import { defineFaults } from '@selvedge/kernel';

export const deviceFaults = defineFaults({
  DEVICE_OPTION_INVALID: { retry: 'never', hint: 'Correct the option that the message names.' },
  DEVICE_STOPPED: {
    retry: 'never',
    hint: 'Call `connect` before `report`. What was kept in the outbox leaves after the next start.',
  },
  READING_UNFIT: { retry: 'never', hint: 'Send finite numbers, switches or short texts under short names.' },
  OUTBOX_FULL: {
    retry: 'later',
    hint: 'Find out why the edge does not answer, raise outbox.sizeMax or outbox.readingsMax, or mark readings as expendable.',
  },
  READING_DROPPED: {
    retry: 'never',
    hint: 'The reading was expendable and gave way to a newer one; raise the bounds of the outbox if it should not.',
  },
  READING_REFUSED: {
    retry: 'never',
    hint: 'The edge will never take this reading; its log says what is wrong with it.',
  },
  TWIN_FULL: { retry: 'later', hint: 'Report fewer fields of the twin while the edge does not answer.' },
  EDGE_UNREACHABLE: { retry: 'later', hint: 'Check that the edge runs, and the url of the device.' },
  EDGE_REFUSED: { retry: 'later', hint: "See the edge's log for the reason it gives." },
  CONNECTION_LOST: { retry: 'later', hint: 'Nothing to do: the device connects again by itself.' },
});
