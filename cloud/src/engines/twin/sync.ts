import { readTwinFrame, rootOf, type Twin, type TwinFrame, type TwinPart } from '@selvedge/protocol';
import type { TwinSync, Twins } from '../../ports.ts';

/** Devices that a node may name in one round of digests. */
const roundMax = 100_000;

/** Bytes of twins that are told in one round; the node compares again for the others. */
const roundBytes = 1_048_576;

/** Twins that are read at once; of full size they still leave a round bounded. */
const pageMax = 16;

/** Frames of a node that may wait for the store. */
const waitingMax = 256;

/**
 * Compares by one text, then by device, and tells the node what it has of those that differ, whole: the node joins it, and
 * journals what the cloud lacks.
 */
export function twinSync(node: string, twins: Pick<Twins, 'digests' | 'whole' | 'claim'>): TwinSync {
  const named = new Map<string, string>();
  let waiting = 0;

  const differing = async (): Promise<readonly TwinFrame[]> => {
    const here = new Map(await twins.digests(node));
    const devices = [...new Set([...here.keys(), ...named.keys()])].filter((one) => here.get(one) !== named.get(one));
    named.clear();
    const frames: TwinFrame[] = [];
    let bytes = 0;
    for (let from = 0; from < devices.length; from += pageMax) {
      if (bytes > roundBytes) return [...frames, { kind: 'differs' }];
      const some = devices.slice(from, from + pageMax);
      const found = new Map((await twins.whole(some)).map((twin) => [twin.device, twin]));
      for (const device of some) {
        const twin = found.get(device) ?? unknownTwin(device);
        bytes += JSON.stringify(twin.fields).length;
        frames.push(wholeFrame(twin));
      }
    }
    return frames;
  };

  const answer = async (frame: TwinFrame, now: number): Promise<readonly TwinFrame[] | string> => {
    switch (frame.kind) {
      case 'root':
        return rootOf(await twins.digests(node)) === frame.root ? [] : [{ kind: 'differs' }];
      case 'digests':
        if (named.size + frame.digests.length > roundMax) return `more than ${roundMax} twins in one round`;
        for (const [device, digest] of frame.digests) named.set(device, digest);
        return frame.last ? differing() : [];
      case 'want':
        return (await twins.claim(node, frame.devices, now)).map(wholeFrame);
      default:
        return `${frame.kind} is not for a node to say`;
    }
  };

  return {
    async hear(body, now) {
      const frame = readTwinFrame(body);
      if (!frame.ok) return frame.why;
      if (waiting >= waitingMax) return `${waiting} frames about twins wait already`;
      waiting += 1;
      try {
        return await answer(frame.value, now);
      } finally {
        waiting -= 1;
      }
    },
  };
}

/** Fields that changed in the cloud, for the node of the device. */
export const changedFrame = (part: TwinPart): TwinFrame => ({ kind: 'state', whole: false, ...part });

const wholeFrame = (twin: Twin): TwinFrame => ({ kind: 'state', whole: true, ...twin });

/** What the node names and the cloud has not: the node sees that all of it is missing here. */
const unknownTwin = (device: string): Twin => ({ device, owner: { node: '', term: 0 }, fields: {} });
