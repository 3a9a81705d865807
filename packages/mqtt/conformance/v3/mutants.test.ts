import { noticesMutants } from '../support/mutants.ts';
import { ownTarget, simulatedTarget } from '../support/target.ts';
import { promptCases, timedCases } from './cases.ts';
import { incomingMutants, timedMutants } from './incoming-mutants.ts';
import { outgoingMutants } from './outgoing-mutants.ts';

noticesMutants(ownTarget(), promptCases, [...incomingMutants, ...outgoingMutants]);
noticesMutants(simulatedTarget(), timedCases, timedMutants);
