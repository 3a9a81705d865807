import { Buffer } from 'node:buffer';
import { verdict } from '@selvedge/edge';
import type { Disk } from '@selvedge/journal';
import { isFault, seconds, seededEntropy } from '@selvedge/kernel';
import { decodeFrame, encodeFrame, type FrameBodies } from '@selvedge/protocol';
import { shipmentReader, tapped } from '../cast/tap.ts';
import type { Defect } from './defect.ts';

export const acknowledgesBeforeCommit: Defect = {
  name: 'acknowledges-before-commit',
  about: 'the door answers when the reading is in line for the journal, not when it is durable',
  intake: (intake) => ({
    take: (...message) => intake.take(...message),
    commit() {
      intake.commit().catch(() => undefined);
      return Promise.resolve();
    },
  }),
};

export const dropsWhenFull: Defect = {
  name: 'drops-when-full',
  about: 'the door acknowledges what the journal had no room for',
  intake: (intake) => ({
    take(...message) {
      try {
        return intake.take(...message);
      } catch (cause) {
        if (isFault(cause, 'JOURNAL_FULL')) return verdict.taken;
        throw cause;
      }
    },
    commit: () => intake.commit().catch(() => undefined),
  }),
};

export const forgetsNames: Defect = {
  name: 'forgets-names',
  about: 'the intake does not look at boot and seq, so a resend is a new reading',
  intake: (intake) => ({
    take(topic, bytes, start, end) {
      const text = bytes.toString('latin1', start, end).replace(/"\$boot":\d+,"\$seq":\d+,/, '');
      const unnamed = Buffer.from(text, 'latin1');
      return intake.take(topic, unnamed, 0, unnamed.length);
    },
    commit: () => intake.commit(),
  }),
};

export const neverSyncs: Defect = {
  name: 'never-syncs',
  about: 'the journal writes and never asks the disk to keep it',
  disk: (disk) => changeFiles(disk, { sync: () => Promise.resolve() }),
};

export const swallowsFailedWrites: Defect = {
  name: 'swallows-failed-writes',
  about: 'the journal goes on after a write that the disk refused',
  disk(disk) {
    return {
      ...disk,
      async open(path, how) {
        const file = await disk.open(path, how);
        return { ...file, write: (bytes, at) => file.write(bytes, at).catch(() => undefined) };
      },
    };
  },
};

export const movesCursorWhenSending: Defect = {
  name: 'moves-cursor-when-sending',
  about: 'the link holds for acknowledged what it has only sent',
  link(connection) {
    const reader = shipmentReader();
    return tapped(connection, {
      sent(frame, tell) {
        const intervals = reader.intervals(frame);
        if (intervals.length > 0) tell(encodeFrame('acknowledged', { intervals }));
        return frame;
      },
    });
  },
};

export const givesUpOnBatches: Defect = {
  name: 'gives-up-on-batches',
  about: 'what was not acknowledged in two seconds is passed over, so that the next can go',
  link(connection, clock) {
    const reader = shipmentReader();
    return tapped(connection, {
      sent(frame, tell) {
        const intervals = reader.intervals(frame);
        const passOver = (): void => tell(encodeFrame('acknowledged', { intervals }));
        if (intervals.length > 0) void clock.sleep(seconds(2)).then(passOver);
        return frame;
      },
    });
  },
};

export const shipsWithoutResume: Defect = {
  name: 'ships-without-resume',
  about: 'the link begins at the end of the journal each time it connects',
  link(connection) {
    let head = 0;
    return tapped(connection, {
      sent(frame) {
        const said = decodeFrame(frame);
        if (said.ok && said.value.type === 'hello') head = said.value.body.head.offset;
        return frame;
      },
      heard(frame) {
        const said = decodeFrame(frame);
        if (!said.ok || said.value.type !== 'welcome') return frame;
        const body: FrameBodies['welcome'] = { ...said.value.body, acknowledged: head > 0 ? [[0, head]] : [] };
        return encodeFrame('welcome', body);
      },
    });
  },
};

export const swallowsRefusals: Defect = {
  name: 'swallows-refusals',
  about: 'the link does not hear that the cloud refuses something, and why',
  link: (connection) =>
    tapped(connection, {
      heard(frame) {
        const said = decodeFrame(frame);
        return said.ok && said.value.type === 'refused' ? undefined : frame;
      },
    }),
};

export const hidesDamage: Defect = {
  name: 'hides-damage',
  about: 'the audit of a node leaves out what it could not read',
  link: (connection) =>
    tapped(connection, {
      sent(frame) {
        const said = decodeFrame(frame);
        if (!said.ok || said.value.type !== 'answer') return frame;
        const { question, answer } = said.value.body;
        return encodeFrame('answer', { question, answer: { ...(answer as object), broken: [] } });
      },
    }),
};

export const namesEpochAfterNode: Defect = {
  name: 'names-epoch-after-node',
  about: 'the epoch of a journal is not drawn anew, so that another disk has the same',
  entropy: () => seededEntropy(1),
};

export const ticksFollowWall: Defect = {
  name: 'ticks-follow-wall',
  about: 'lengths of time are taken from the wall clock, so that a jump makes everything old at once',
  clock(clock) {
    const start = clock.wall();
    return { ...clock, ticks: () => clock.wall() - start };
  },
};

export const holdsCommandsTooLong: Defect = {
  name: 'holds-commands-too-long',
  about: 'commands leave without their expiry, so that a device that comes back late carries them out',
  outlet: (outlet) => ({
    ...outlet,
    publish(message) {
      const text = Buffer.from(message.payload)
        .toString('utf8')
        .replace(/"expires_at":\d+(\.\d+)?,?/, '');
      return outlet.publish({ ...message, payload: Buffer.from(text, 'utf8') });
    },
  }),
};

/** A disk whose files have some members changed. */
export function changeFiles(disk: Disk, change: Partial<Awaited<ReturnType<Disk['open']>>>): Disk {
  return { ...disk, open: async (path, how) => ({ ...(await disk.open(path, how)), ...change }) };
}

export const shipsWithoutBound: Defect = {
  name: 'ships-without-bound',
  about: 'the shipper does not count what is under way: it hands over whatever there is to a link that does not move',
  link(connection) {
    const reader = shipmentReader();
    return tapped(connection, {
      sent(frame, tell) {
        const intervals = reader.intervals(frame);
        if (intervals.length > 0) tell(encodeFrame('acknowledged', { intervals }));
        return frame;
      },
    });
  },
};
