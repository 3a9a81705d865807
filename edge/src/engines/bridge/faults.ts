import { defineFaults } from '@selvedge/kernel';

export const bridgeFaults = defineFaults({
  BRIDGE_UNREACHABLE: {
    retry: 'later',
    hint: 'Nothing to do: the bridge tries again, and what waits is kept. If the broker should be up, look at the url in bridges.',
  },
  BRIDGE_REFUSED: {
    retry: 'later',
    hint: 'Look at what that broker says: username and password, its permits for the two client ids, or its limits.',
  },
  BRIDGE_LOST: { retry: 'later', hint: 'Nothing to do: the bridge connects again and goes on where it was.' },
  BRIDGE_QUOTA: {
    retry: 'later',
    hint: 'The broker that the messages go to has no room now; they wait. Here that is journal.sizeMax or a full disk.',
  },
  BRIDGE_FILE_UNREADABLE: { retry: 'never', hint: 'Correct the path in bridges, or let the node read that file.' },
});
