import { conformance } from '../support/suite.ts';
import { simulatedTarget } from '../support/target.ts';
import { timedCases } from './cases.ts';

conformance(simulatedTarget(), timedCases);
