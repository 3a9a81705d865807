import { defineFaults } from '@selvedge/kernel';

export const edgeFaults = defineFaults({
  EDGE_NOT_ENROLLED: {
    retry: 'never',
    hint: 'Ask the cloud for a token (`POST /v1/enrolments`) and give it as link.token (SELVEDGE_EDGE_LINK_TOKEN).',
  },
  EDGE_ENROLMENT_REFUSED: { retry: 'never', hint: 'Tokens work once and for an hour: ask the cloud for a new one.' },
  EDGE_PORT_TAKEN: {
    retry: 'never',
    hint: 'Stop who holds the port, or choose another by the option that is named above.',
  },
  EDGE_DOOR_UNGUARDED: {
    retry: 'never',
    hint: 'Keep mqtt.host on loopback, or set mqtt.anonymous (SELVEDGE_EDGE_MQTT_ANONYMOUS=true) on a network where everybody may publish.',
  },
  LINK_UNREACHABLE: {
    retry: 'later',
    hint: 'Nothing to do: the edge goes on alone and connects when the cloud can be reached. If it should be up, look at link.url.',
  },
  LINK_REFUSED: {
    retry: 'later',
    hint: 'Look at the cloud log and at `selvedge doctor`: the cloud knows this node differently.',
  },
});
