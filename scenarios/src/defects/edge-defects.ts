import { Buffer } from 'node:buffer';
import { type LinkConnection, verdict } from '@selvedge/edge';
import type { Disk } from '@selvedge/journal';
import { isFault } from '@selvedge/kernel';
import { decodeBatch, decodeFrame, encodeFrame, type FrameBodies, frameTypeOf } from '@selvedge/protocol';
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
  link: (connection) =>
    changeFrames(connection, {
      sent(frame, tell) {
        const batch = decodeBatch(frame);
        if (!batch.ok) return;
        const { firstOffset, count } = batch.value;
        tell(encodeFrame('acknowledged', { intervals: [[firstOffset, firstOffset + count]] }));
      },
    }),
};

export const shipsWithoutResume: Defect = {
  name: 'ships-without-resume',
  about: 'the link begins at the end of the journal each time it connects',
  link(connection) {
    let head = 0;
    return changeFrames(connection, {
      sent(frame) {
        const said = decodeFrame(frame);
        if (said.ok && said.value.type === 'hello') head = said.value.body.head.offset;
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
function changeFiles(disk: Disk, change: Partial<Awaited<ReturnType<Disk['open']>>>): Disk {
  return { ...disk, open: async (path, how) => ({ ...(await disk.open(path, how)), ...change }) };
}

interface FrameChanges {
  /** Hears what the node sends; `tell` makes it hear something the cloud did not say. */
  sent?(frame: Buffer, tell: (frame: Buffer) => void): void;
  /** Changes what the node hears. */
  heard?(frame: Buffer): Buffer;
}

function changeFrames(connection: LinkConnection, { sent, heard = (frame) => frame }: FrameChanges): LinkConnection {
  let listener: ((frame: Buffer) => void) | undefined;
  return {
    send(frame) {
      const isSent = connection.send(frame);
      const bytes = Buffer.from(frame);
      sent?.(bytes, (lie) => void Promise.resolve().then(() => listener?.(lie)));
      return isSent;
    },
    close: (reason) => connection.close(reason),
    get bufferedBytes() {
      return connection.bufferedBytes;
    },
    onFrame(given) {
      listener = given;
      connection.onFrame((frame) => given(frameTypeOf(frame).ok ? heard(frame) : frame));
    },
    onClose: (given) => connection.onClose(given),
  };
}
