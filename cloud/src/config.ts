import {
  bytes,
  type Config,
  choice,
  type Duration,
  days,
  duration,
  hours,
  minutes,
  number,
  port,
  seconds,
  text,
} from '@selvedge/kernel';

/** Begins the names of all settings in the environment: `SELVEDGE_CLOUD_API_PORT`. */
export const cloudPrefix = 'SELVEDGE_CLOUD';

/** How long and how much of one kind is kept; 0 is no bound. */
const kept = (what: string, ageMax: Duration) => ({
  ageMax: duration({ doc: `How long to keep ${what}.`, default: ageMax }),
  bytesMax: bytes({ doc: `How many bytes to keep of ${what}.`, default: 0 }),
});

/** Every setting of the cloud. */
export const cloudConfig = {
  data: text({
    doc: 'Folder for all that must last: authority, log, telemetry, operator token.',
    default: '.selvedge/cloud',
  }),
  consoleDir: text({ doc: 'Folder of the built console; empty: the API alone is served.', default: '' }),
  logLevel: choice(['error', 'warn', 'info', 'debug'], {
    doc: 'The least urgent lines that are written.',
    default: 'info',
  }),
  api: {
    host: text({ doc: 'Address on which API and console listen.', default: '127.0.0.1' }),
    port: port({ doc: 'Port of API and console; 0 takes a free one.', default: 8_000 }),
    origins: text({
      doc: 'Other origins whose pages may use the sign-in cookie, between commas, such as http://localhost:5173.',
      default: '',
    }),
    bodyMax: bytes({ doc: 'Largest request body.', default: 65_536 }),
  },
  link: {
    host: text({ doc: 'Address on which edge nodes are awaited.', default: '127.0.0.1' }),
    port: port({ doc: 'Port on which edge nodes are awaited; 0 takes a free one.', default: 8_443 }),
    names: text({
      doc: 'Names and addresses, between commas, by which nodes reach this cloud besides those of this machine.',
      default: '',
    }),
    silentMax: duration({ doc: 'A link that says nothing for this long is closed.', default: seconds(30) }),
    askMax: duration({ doc: 'How long a node may take to answer a question.', default: minutes(2) }),
    waitingMax: bytes({
      doc: 'Batches of one node that may wait to be made durable; beyond it reading pauses.',
      default: 8_388_608,
    }),
  },
  enrolment: {
    life: duration({ doc: 'How long an enrolment token is good.', default: hours(1) }),
  },
  signIn: {
    life: duration({ doc: 'How long a code that signs in a browser is good.', default: minutes(15) }),
    failuresMax: number({
      doc: 'Failed sign-ins or enrolments of one address in five minutes.',
      default: 10,
      min: 1,
      max: 1_000,
      whole: true,
    }),
  },
  retention: {
    sizeMax: bytes({
      doc: 'Bytes of the database at most; the oldest of the log goes first, then of the others. 0B: as many as come.',
      default: 0,
    }),
    period: duration({ doc: 'Time between two looks at what may go.', default: seconds(30) }),
    log: kept('the log, which audits recompute from', days(90)),
    telemetry: kept('readings in telemetry; 0s and 0B: all', seconds(0)),
    alerts: kept('alerts, since they were cleared', days(365)),
    commands: kept('commands, since they ended', days(365)),
    statistics: kept('statistics of windows', days(365)),
    quarantine: kept('content that was refused', days(90)),
    setAside: kept('batches and records that could not be used', days(365)),
    notes: kept('what nodes told of their gaps and clocks', days(365)),
  },
  feed: {
    eventsMax: number({
      doc: 'Events kept for clients that come back.',
      default: 20_000,
      min: 10,
      max: 1_000_000,
      whole: true,
    }),
    bytesMax: bytes({ doc: 'Bytes of events kept for clients that come back.', default: 16_777_216 }),
  },
} as const;

export type CloudConfig = Config<typeof cloudConfig>;

/** The parts of a setting that holds several between commas. */
export const commaList = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Name and version of this program, as it tells its clients. */
export const software = 'selvedge-cloud 0.1.0';
