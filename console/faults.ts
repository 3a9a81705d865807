import { defineFaults } from '@selvedge/kernel';

export const consoleFaults = defineFaults({
  CONSOLE_BUILD_FAILED: {
    retry: 'never',
    hint: 'Run `npm ci` in the clone; if it still fails, `node_modules/.bin/tsc -p console` names the place.',
  },
});
