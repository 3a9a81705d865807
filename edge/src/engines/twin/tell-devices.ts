import { sectionOf, type Twin, topics, twinValues } from '@selvedge/protocol';
import type { OutletMessage } from '../../ports.ts';

/** Tells devices what they should do, by retained messages. */
export interface DeviceTeller {
  /** Tells what is desired of these; nothing is told before. */
  open(all: Iterable<Twin>): void;
  /** A change is durable. */
  changed(before: Twin, after: Twin): void;
}

export function deviceTeller(node: string, publish: (message: OutletMessage) => void): DeviceTeller {
  let isOpen = false;

  const tell = (device: string, payload: Uint8Array): void =>
    publish({ topic: topics.twinDesired(device), payload, qos: 1, retain: true });

  const tellDesired = (twin: Twin): void => {
    const { version, desired } = twinValues(twin);
    tell(twin.device, Buffer.from(JSON.stringify({ version, desired }), 'utf8'));
  };

  return {
    open(all) {
      isOpen = true;
      for (const twin of all)
        if (twin.owner.node === node && Object.keys(sectionOf(twin, 'desired')).length > 0) tellDesired(twin);
    },
    changed(before, after) {
      if (!isOpen) return;
      const [was, is] = [before.owner.node === node, after.owner.node === node];
      // A device that comes back by chance must not obey what was wanted long ago.
      if (was && !is) tell(after.device, new Uint8Array(0));
      else if (is && (!was || (touchesDesired(before, after) && textOf(before) !== textOf(after)))) tellDesired(after);
    },
  };
}

const textOf = (twin: Twin): string => JSON.stringify(sectionOf(twin, 'desired'));

/** Whether anything that desired values hang on may have changed: most edits are reports. */
const touchesDesired = (before: Twin, after: Twin): boolean =>
  Object.entries(after.fields).some(
    ([path, field]) => !/^(?:reported|tags)\./.test(path) && before.fields[path] !== field,
  );
