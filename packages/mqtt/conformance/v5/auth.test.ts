import { conformance } from '../support/suite.ts';
import { ownTarget } from '../support/target.ts';
import { authCases } from './auth.contract.ts';

conformance(ownTarget(), authCases);
