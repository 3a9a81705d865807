import { conformance } from '../support/suite.ts';
import { ownTarget } from '../support/target.ts';
import { promptCases } from './cases.ts';

conformance(ownTarget(), promptCases);
