import { noticesMutants } from '../support/mutants.ts';
import { ownTarget } from '../support/target.ts';
import { authCases } from './auth.contract.ts';
import { promptCases } from './cases.ts';
import { incomingMutants } from './incoming-mutants.ts';
import { authMutants, outgoingMutants } from './outgoing-mutants.ts';

noticesMutants(ownTarget(), [...promptCases, ...authCases], [...outgoingMutants, ...incomingMutants, ...authMutants]);
