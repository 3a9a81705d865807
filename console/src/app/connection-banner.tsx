import { formatClock, formatSpan } from '../format/time.ts';
import { useNow } from '../ui/hooks.ts';
import { Icon } from '../ui/icon.tsx';
import { useFeedState, useWorld } from './world-context.ts';

/** Short interruptions heal before anybody can read of them. */
const patienceMs = 1_500;

/** Says over the page that what it shows is not live, and when the next attempt is. It covers nothing and moves nothing. */
export function ConnectionBanner() {
  const { feed } = useWorld();
  const { phase, downSince, retryAt } = useFeedState();
  const now = useNow();
  const isDown = downSince !== null && phase !== 'signed-out' && now - downSince >= patienceMs;
  return (
    <div className="banner-place" role="status" aria-live="polite">
      {isDown && (
        <div className="banner">
          <Icon name="cut" size={20} />
          <p>
            <strong>The cloud does not answer.</strong> You see what was known at {formatClock(downSince)}.{' '}
            {/* Counting down aloud would drown everything else. */}
            <span aria-hidden="true">
              {retryAt === null ? 'Trying …' : `Next attempt in ${formatSpan(retryAt - now + 999)}.`}
            </span>
          </p>
          <button type="button" className="button" onClick={() => feed.hurry()}>
            Try now
          </button>
        </div>
      )}
    </div>
  );
}
