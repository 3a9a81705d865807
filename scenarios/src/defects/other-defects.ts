import { seconds } from '@selvedge/kernel';
import type { Defect } from './defect.ts';

export const sendsOutOfOrder: Defect = {
  name: 'sends-out-of-order',
  about: 'the device sends what waits in whatever order, although the edge knows names by their highest',
  transport: (transport, clock) => ({
    async connect(session, signal) {
      const connection = await transport.connect(session, signal);
      let count = 0;
      return {
        ...connection,
        async publish(topic, payload, options) {
          count += 1;
          if (topic.startsWith('sensors/') && count % 3 === 0) await clock.sleep(seconds(1));
          await connection.publish(topic, payload, options);
        },
      };
    },
  }),
};

export const forgetsCommands: Defect = {
  name: 'forgets-commands',
  about: 'the device does not remember across restarts which commands it has carried out',
  forgetfulDevices: true,
};

export const acknowledgesBeforeStored: Defect = {
  name: 'acknowledges-before-stored',
  about: 'the cloud acknowledges a batch that it means to store in a moment',
  log: (log, clock) => ({
    ...log,
    append(batches, held) {
      const soon = async (): Promise<void> => {
        await clock.sleep(seconds(30));
        await log.append(batches, held);
      };
      void soon();
      return Promise.resolve();
    },
  }),
};
