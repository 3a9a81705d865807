import { noticesMutants } from '../support/mutants.ts';
import { simulatedTarget } from '../support/target.ts';
import { timedMutants } from './incoming-mutants.ts';
import { timedCases } from './timed.contract.ts';

noticesMutants(simulatedTarget(), timedCases, timedMutants);
