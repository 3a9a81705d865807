import { type TwinFrame, type TwinPart, twinFrameMax } from '@selvedge/protocol';
import type { TwinBook } from './book.ts';

export interface TwinSyncParts {
  readonly book: Pick<TwinBook, 'digests' | 'root'>;
  readonly send: (frame: TwinFrame) => boolean;
  /** Joins what the cloud has of a twin; `whole` says that this is all of it. */
  readonly take: (incoming: TwinPart, whole: boolean) => void;
  readonly onStep: (step: 'begun' | 'differed') => void;
}

/** The node's half of the comparison of twins. */
export interface TwinSync {
  linked(): void;
  tick(): void;
  hear(frame: TwinFrame): void;
  /** The cloud may know a twin that this node has not, or that was another node's. */
  want(device: string): void;
}

/** Seconds between two comparisons; each costs one small frame where nothing differs. */
const periodTicks = 60;

/** Devices whose twins may be asked for; beyond it the next comparison brings them. */
const wantedMax = 10_000;

/** Compares versions with the cloud: one text for all, then device by device. What was lost on the way is found by it. */
export function twinSync(parts: TwinSyncParts): TwinSync {
  const wanted = new Set<string>();
  /** Asked for lately: a device that nobody has edited is not asked for each time that it is looked at. */
  const asked = new Set<string>();
  let ticks = 0;
  let isDue = false;

  const compare = (): void => {
    ticks = 0;
    if (!parts.send({ kind: 'root', root: parts.book.root() })) return;
    asked.clear();
    parts.onStep('begun');
  };

  const sendWanted = (): void => {
    const devices = [...wanted].slice(0, twinFrameMax);
    if (devices.length === 0 || !parts.send({ kind: 'want', devices })) return;
    for (const device of devices) {
      wanted.delete(device);
      asked.add(device);
    }
  };

  const sendDigests = (): void => {
    const digests = parts.book.digests();
    for (let from = 0; from === 0 || from < digests.length; from += twinFrameMax)
      parts.send({
        kind: 'digests',
        digests: digests.slice(from, from + twinFrameMax),
        last: from + twinFrameMax >= digests.length,
      });
  };

  return {
    linked() {
      // What was asked of a link that is gone may never have arrived.
      for (const device of asked) if (wanted.size < wantedMax) wanted.add(device);
      compare();
      sendWanted();
    },
    tick() {
      ticks += 1;
      if (ticks >= periodTicks) compare();
      if (isDue) sendDigests();
      isDue = false;
      sendWanted();
    },
    hear(frame) {
      if (frame.kind === 'state') parts.take(frame, frame.whole);
      else if (frame.kind === 'differs') {
        // In the next second: what came just before is durable then.
        parts.onStep('differed');
        isDue = true;
      }
    },
    want(device) {
      if (!asked.has(device) && wanted.size < wantedMax) wanted.add(device);
    },
  };
}
