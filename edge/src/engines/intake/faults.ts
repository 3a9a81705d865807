import { defineFaults } from '@selvedge/kernel';

export const intakeFaults = defineFaults({
  INTAKE_DEVICES_FULL: { retry: 'later', hint: 'Raise node.devicesMax, or let fewer devices report to this node.' },
  INTAKE_KEY_REUSED: {
    retry: 'never',
    hint: 'Take a new key for new readings, and repeat a request under its key without a change.',
  },
});
