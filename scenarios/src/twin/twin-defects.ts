import { decodeFrame, frameTypeOf } from '@selvedge/protocol';
import type { Violation } from '@selvedge/testkit';
import { changeFiles } from '../defects/edge-defects.ts';
import type { Catch } from '../defects/table.ts';
import { twinEdits } from './twin-edits.ts';

const isTwin = (frame: Uint8Array, kind: string): boolean => {
  const type = frameTypeOf(frame);
  if (!type.ok || type.value !== 'twin') return false;
  const decoded = decodeFrame(Buffer.from(frame));
  return decoded.ok && (decoded.value.body as { kind?: string }).kind === kind;
};

/** Planted bugs, and the invariant of the story that each must break. */
const planted: readonly (Pick<Catch, 'defect' | 'from'> & { readonly as: Violation['invariant'] })[] = [
  {
    as: 'apart',
    defect: {
      name: 'twin-no-comparison',
      about: 'the node never compares its twins with the cloud',
      link: (connection) => ({ ...connection, send: (frame) => isTwin(frame, 'root') || connection.send(frame) }),
    },
  },
  {
    as: 'apart',
    defect: {
      name: 'twin-deaf',
      about: 'frames with twins are not heard',
      link: (connection) => ({
        ...connection,
        onFrame: (listener) => connection.onFrame((frame) => void (isTwin(frame, 'state') || listener(frame))),
      }),
    },
  },
  {
    as: 'lost',
    from: 20,
    defect: {
      name: 'twin-early-acknowledgement',
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
      name: 'twin-lying-disk',
      about: 'the disk says that it has synced and has not',
      disk: (disk) => changeFiles(disk, { sync: () => Promise.resolve() }),
    },
  },
  {
    as: 'altered',
    from: 12,
    defect: {
      name: 'twin-union-is-latest',
      about: 'the cloud does not know union, and lets the later of two lists count',
      store: (store) => ({
        ...store,
        twins: {
          ...store.twins,
          wish(device, wish, about) {
            const text = JSON.stringify(wish);
            const isPolicy = wish.kind === 'patch' && 'policy' in wish.sections;
            return store.twins.wish(device, isPolicy ? JSON.parse(text.replace('"union"', '"latest"')) : wish, about);
          },
        },
      }),
    },
  },
];

export const twinCatches: readonly Catch[] = planted.map((one) => ({ ...one, by: [twinEdits], as: [one.as] }));
