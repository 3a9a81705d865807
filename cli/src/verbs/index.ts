import type { Verb } from '../verb.ts';
import { alertAcknowledge } from './alert-acknowledge.ts';
import { alertClear } from './alert-clear.ts';
import { alertList } from './alert-list.ts';
import { audit } from './audit.ts';
import { backup } from './backup.ts';
import { broker } from './broker.ts';
import { brokerClients } from './broker-clients.ts';
import { brokerKick } from './broker-kick.ts';
import { brokerRetained } from './broker-retained.ts';
import { brokerTrace } from './broker-trace.ts';
import { cloud } from './cloud.ts';
import { coap } from './coap.ts';
import { config } from './config.ts';
import { configurationHistory } from './configuration-history.ts';
import { configurationSet } from './configuration-set.ts';
import { configurationShow } from './configuration-show.ts';
import { consoleVerb } from './console.ts';
import { credentialAdd } from './credential-add.ts';
import { credentialList } from './credential-list.ts';
import { credentialReadmit } from './credential-readmit.ts';
import { credentialRevoke } from './credential-revoke.ts';
import { deviceList } from './device-list.ts';
import { deviceShow } from './device-show.ts';
import { deviceSimulate } from './device-simulate.ts';
import { doctor } from './doctor.ts';
import { edge } from './edge.ts';
import { fault } from './fault.ts';
import { link } from './link.ts';
import { migrate } from './migrate.ts';
import { restore } from './restore.ts';
import { routeExplain } from './route-explain.ts';
import { sagaCancel } from './saga-cancel.ts';
import { sagaList } from './saga-list.ts';
import { sagaRun } from './saga-run.ts';
import { sagaShow } from './saga-show.ts';
import { send } from './send.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';
import { tail } from './tail.ts';
import { twinConflicts } from './twin-conflicts.ts';
import { twinHistory } from './twin-history.ts';
import { twinResolve } from './twin-resolve.ts';
import { twinSet } from './twin-set.ts';
import { twinShow } from './twin-show.ts';
import { twinUndo } from './twin-undo.ts';
import { up } from './up.ts';
import { version } from './version.ts';

/** Every verb, in the order of the help. */
export const verbs: readonly Verb[] = [
  up,
  start,
  stop,
  edge,
  cloud,
  consoleVerb,
  deviceList,
  deviceShow,
  deviceSimulate,
  tail,
  send,
  twinShow,
  twinSet,
  twinHistory,
  twinConflicts,
  twinResolve,
  twinUndo,
  configurationShow,
  configurationSet,
  configurationHistory,
  sagaRun,
  sagaList,
  sagaShow,
  sagaCancel,
  alertList,
  alertAcknowledge,
  alertClear,
  broker,
  brokerClients,
  brokerKick,
  brokerRetained,
  brokerTrace,
  coap,
  credentialAdd,
  credentialList,
  credentialRevoke,
  credentialReadmit,
  link,
  routeExplain,
  audit,
  backup,
  restore,
  migrate,
  doctor,
  fault,
  config,
  version,
];
