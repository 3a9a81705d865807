import { defaultTopicMaps, type TopicMap } from './topic-map.ts';

/** Topic maps for what devices of a kind publish when nobody has configured them otherwise. */
export const presets: ReadonlyMap<string, readonly TopicMap[]> = new Map([
  ['selvedge', defaultTopicMaps],
  ['zigbee2mqtt', [{ filter: 'zigbee2mqtt/#', device: '$1', decoder: 'zigbee2mqtt' }]],
  ['tasmota', [{ filter: 'tele/#', device: '$1', decoder: 'tasmota' }]],
  [
    'shelly',
    [
      { filter: 'shellies/+/#', device: '$1', decoder: 'shelly' },
      { filter: '+/status/+', device: '$1', decoder: 'shelly' },
      { filter: '+/events/rpc', device: '$1', decoder: 'shelly' },
      { filter: '+/online', device: '$1', decoder: 'shelly' },
    ],
  ],
  ['message-pack', [{ filter: 'sensors/+/message-pack', device: '$1', decoder: 'message-pack' }]],
  ['compact-record', [{ filter: 'sensors/+/compact-record', device: '$1', decoder: 'compact-record' }]],
  ['sparkplug-b', [{ filter: 'spBv1.0/#', device: '$1', decoder: 'sparkplug-b' }]],
]);
