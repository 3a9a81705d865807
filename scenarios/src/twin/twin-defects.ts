import { decodeFrame, frameTypeOf } from '@selvedge/protocol';
import type { Violation } from '@selvedge/testkit';
import type { Catch } from '../defects/table.ts';
import { twinEdits } from './twin-edits.ts';
import type { TwinDefect } from './twin-site.ts';

const isTwin = (frame: Uint8Array, kind: string): boolean => {
  const type = frameTypeOf(frame);
  if (!type.ok || type.value !== 'twin') return false;
  const decoded = decodeFrame(Buffer.from(frame));
  return decoded.ok && (decoded.value.body as { kind?: string }).kind === kind;
};

/** Planted bugs, and the invariant of the story that each must break. */
const planted: readonly { readonly defect: TwinDefect; readonly as: Violation['invariant'] }[] = [
  {
    as: 'apart',
    defect: {
      name: 'no-comparison',
      about: 'the node never compares its twins with the cloud',
      link: (connection) => ({ ...connection, send: (frame) => isTwin(frame, 'root') || connection.send(frame) }),
    },
  },
  {
    as: 'apart',
    defect: {
      name: 'deaf',
      about: 'frames with twins are not heard',
      link: (connection) => ({
        ...connection,
        onFrame: (listener) => connection.onFrame((frame) => void (isTwin(frame, 'state') || listener(frame))),
      }),
    },
  },
  {
    as: 'lost',
    defect: {
      name: 'early-acknowledgement',
      about: 'a report is acknowledged before it is durable',
      intake: (intake) => ({
        ...intake,
        commit() {
          intake.commit().catch(() => undefined);
          return Promise.resolve();
        },
      }),
    },
  },
  {
    as: 'unsettled',
    defect: {
      name: 'lying-disk',
      about: 'the disk says that it has synced and has not',
      disk: (disk) => ({
        ...disk,
        async open(path) {
          const file = await disk.open(path);
          return { ...file, sync: async () => undefined };
        },
      }),
    },
  },
];

export const twinCatches: readonly Catch[] = planted.map(({ defect, as }) => ({
  defect: { name: `twin-${defect.name}`, about: defect.about, twin: defect },
  by: [twinEdits],
  as: [as],
}));
