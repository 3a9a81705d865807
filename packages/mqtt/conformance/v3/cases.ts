import type { Case } from '../support/case.ts';
import { clientIdentifiersCases } from './client-identifiers.contract.ts';
import { connectCases, guardedConnectCases } from './connect.contract.ts';
import { connectFlagsCases } from './connect-flags.contract.ts';
import { deliveriesCases } from './deliveries.contract.ts';
import { filtersCases } from './filters.contract.ts';
import { flagsCases } from './flags.contract.ts';
import { handshakesCases } from './handshakes.contract.ts';
import { identifiersCases } from './identifiers.contract.ts';
import { keepAliveCases, timedKeepAliveCases } from './keep-alive.contract.ts';
import { guardedPublishCases, publishCases } from './publish.contract.ts';
import { retainedCases } from './retained.contract.ts';
import { sessionsCases } from './sessions.contract.ts';
import { guardedSubscribeCases, subscribeCases } from './subscribe.contract.ts';
import { textCases } from './text.contract.ts';
import { unsubscribeCases } from './unsubscribe.contract.ts';
import { willsCases } from './wills.contract.ts';

/** All that takes no time. */
export const promptCases: readonly Case[] = [
  ...textCases,
  ...flagsCases,
  ...identifiersCases,
  ...connectCases,
  ...guardedConnectCases,
  ...connectFlagsCases,
  ...clientIdentifiersCases,
  ...sessionsCases,
  ...willsCases,
  ...keepAliveCases,
  ...publishCases,
  ...guardedPublishCases,
  ...retainedCases,
  ...subscribeCases,
  ...guardedSubscribeCases,
  ...unsubscribeCases,
  ...handshakesCases,
  ...deliveriesCases,
  ...filtersCases,
];

/** All that takes time. */
export const timedCases: readonly Case[] = timedKeepAliveCases;
