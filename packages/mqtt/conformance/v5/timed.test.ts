import { conformance } from '../support/suite.ts';
import { simulatedTarget } from '../support/target.ts';
import { timedCases } from './timed.contract.ts';

conformance(simulatedTarget(), timedCases);
