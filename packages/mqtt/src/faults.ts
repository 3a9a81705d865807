import { defineFaults } from '@selvedge/kernel';

export const mqttFaults = defineFaults({
  MQTT_PORT_TAKEN: {
    retry: 'later',
    hint: "See who holds the port with `ss -ltnp 'sport = :PORT'`, stop it, or listen at another one.",
  },
  MQTT_LISTEN_FAILED: {
    retry: 'never',
    hint: 'Listen at an address of this machine, and at a port this user may open.',
  },
  MQTT_TLS_MISSING: { retry: 'never', hint: 'Give a `tls` or `wss` listener its `tls` with key and certificate.' },
  MQTT_TOPIC_INVALID: {
    retry: 'never',
    hint: 'Publish to a topic without wildcards and U+0000, of at most 65535 bytes.',
  },
  MQTT_STORE_UNREADABLE: {
    retry: 'never',
    hint: 'Run the version that wrote the session folder, or a newer one; or move the folder away and lose the sessions.',
  },
  MQTT_STORE_OVERFLOWN: {
    retry: 'never',
    hint: 'See why the disk refuses, then restart the broker: it goes on from what was acknowledged.',
  },
  MQTT_SPOOL_UNUSABLE: {
    retry: 'later',
    hint: 'Give each broker a spool folder of its own, on a disk that can be written.',
  },
  MQTT_STOPPED: { retry: 'never', hint: 'Build a new broker; one that was stopped does not start again.' },
});
