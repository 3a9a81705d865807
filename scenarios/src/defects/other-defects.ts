import { seconds } from '@selvedge/kernel';
import type { Defect } from './defect.ts';

export const sendsOutOfOrder: Defect = {
  name: 'sends-out-of-order',
  about: 'the device sends what waits in whatever order, although the edge knows names by their highest',
  transport: (transport) => ({
    async connect(session, signal) {
      const connection = await transport.connect(session, signal);
      let held: (() => void) | undefined;
      return {
        ...connection,
        publish(topic, payload, options) {
          if (!topic.startsWith('sensors/')) return connection.publish(topic, payload, options);
          const publish = (): Promise<void> => connection.publish(topic, payload, options);
          if (held) {
            const sent = publish();
            held();
            held = undefined;
            return sent;
          }
          return new Promise<void>((resolve, reject) => {
            held = () => void publish().then(resolve, reject);
          });
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
        await clock.sleep(seconds(15));
        await log.append(batches, held);
      };
      void soon();
      return Promise.resolve();
    },
  }),
};
