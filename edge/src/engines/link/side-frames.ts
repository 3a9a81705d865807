import { type Clock, millis, seconds } from '@selvedge/kernel';
import { type ConfiguredFrame, classOf, encodeFrame, type TwinFrame } from '@selvedge/protocol';
import type { LinkBudget, LinkTier } from '../../ports.ts';

/** What a node tells its cloud beside the journal. */
export type SideFrame =
  | { readonly type: 'twin'; readonly body: TwinFrame }
  | { readonly type: 'configured'; readonly body: ConfiguredFrame };

export interface SideFrames {
  /**
   * Takes a frame in line. False: there is no room, which is counted; or it asks for a comparison of twins while the one
   * before is still on its way.
   */
  send(frame: SideFrame): boolean;
  /** Frames that found no room. */
  readonly refused: number;
}

export interface SideFrameParts {
  readonly clock: Clock;
  readonly budget: Pick<LinkBudget, 'request' | 'frameBytes' | 'view'>;
  readonly ship: (frame: Uint8Array) => void;
  /** The link has ended: nothing more is sent, and what waits is forgotten. */
  readonly signal: AbortSignal;
}

/** Frames that may wait for the link; the versions of 100 000 twins are 200. */
const waitingMax = 256;
/** What is larger waits with the backlog, in pieces: nobody waits for it, and an alarm must not. Bytes. */
const smallMax = 1_024;
/** The class of the records that say the same in the journal. */
const klass = classOf('twin');
/** How long bytes count as under way at most; nobody acknowledges these frames. */
const passMax = millis(1_000);

/**
 * Twin and configuration frames ask the budget as everybody does who uses the link: one at a time, small ones live and
 * the comparison of whole twins behind all live data. [BUD-12]
 */
export function sideFrames({ clock, budget, ship, signal }: SideFrameParts): SideFrames {
  const lines: Record<LinkTier, SideFrame[]> = { live: [], backlog: [] };
  const running = { live: false, backlog: false };
  let refused = 0;

  const pump = async (tier: LinkTier): Promise<void> => {
    const line = lines[tier];
    while (line.length > 0 && !signal.aborted) {
      const [piece, rest] = cut(line[0]!, budget.frameBytes);
      const bytes = encodeFrame(piece.type, piece.body);
      const grant = await budget.request({ klass, bytes: bytes.length, tier, signal }, clock.ticks());
      line.splice(0, 1, ...rest);
      ship(bytes);
      // A measure of the link would learn from it that the link is fast, so it only counts as under way.
      void clock.sleep(passes(bytes.length), signal).then(grant.failed, grant.failed);
    }
  };

  const passes = (bytes: number) => {
    const { capacityBytesPerSecond, roundTripSeconds } = budget.view(clock.wall());
    return millis(Math.min(passMax, (bytes * 1_000) / capacityBytesPerSecond + roundTripSeconds * 1_000));
  };

  const start = (tier: LinkTier): void => {
    if (running[tier]) return;
    running[tier] = true;
    pump(tier)
      // Others fill the class: it tries again, and what has no room meanwhile is refused.
      .catch(() => clock.sleep(seconds(1), signal).catch(() => undefined))
      .finally(() => {
        running[tier] = false;
        if (signal.aborted) lines[tier] = [];
        if (lines[tier].length > 0) start(tier);
      });
  };

  const isUnderWay = (): boolean => [...lines.live, ...lines.backlog].some(isComparison);

  return {
    send(frame) {
      if (signal.aborted || (isRoot(frame) && isUnderWay())) return false;
      const line = lines[tierOf(frame)];
      // Of a configuration only how it stands now is worth telling; the first in line has asked for its turn already.
      const stale = line.findIndex(({ type }, at) => at > 0 && type === 'configured');
      if (frame.type === 'configured' && stale > 0) line.splice(stale, 1);
      if (line.length >= waitingMax) {
        refused += 1;
        return false;
      }
      line.push(frame);
      start(tierOf(frame));
      return true;
    },
    get refused() {
      return refused;
    },
  };
}

const isRoot = ({ type, body }: SideFrame): boolean => type === 'twin' && body.kind === 'root';
const isComparison = (frame: SideFrame): boolean =>
  isRoot(frame) || (frame.type === 'twin' && frame.body.kind === 'digests');

/** Versions come in the order of their frames, so that all of them wait in one line. */
function tierOf(frame: SideFrame): LinkTier {
  if (frame.type === 'twin' && frame.body.kind === 'digests') return 'backlog';
  return encodeFrame(frame.type, frame.body).length <= smallMax ? 'live' : 'backlog';
}

/** The first piece of a frame of about so many bytes, and what is left of it. Only lists can be cut. */
function cut(frame: SideFrame, bytesMax: number): readonly [SideFrame, readonly SideFrame[]] {
  if (frame.type !== 'twin' || (frame.body.kind !== 'digests' && frame.body.kind !== 'want')) return [frame, []];
  const { body } = frame;
  const size = encodeFrame('twin', body).length;
  const twin = (part: TwinFrame): SideFrame => ({ type: 'twin', body: part });
  const all = body.kind === 'digests' ? body.digests.length : body.devices.length;
  const count = Math.max(1, Math.floor((all * bytesMax) / size));
  if (count >= all) return [frame, []];
  if (body.kind === 'want')
    return [
      twin({ kind: 'want', devices: body.devices.slice(0, count) }),
      [twin({ kind: 'want', devices: body.devices.slice(count) })],
    ];
  return [
    twin({ kind: 'digests', digests: body.digests.slice(0, count), last: false }),
    [twin({ kind: 'digests', digests: body.digests.slice(count), last: body.last })],
  ];
}
