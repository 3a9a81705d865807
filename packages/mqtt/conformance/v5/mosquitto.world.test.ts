import { explained } from '../support/differences.ts';
import { mosquittoTarget } from '../support/mosquitto.ts';
import { promptCases } from './cases.ts';
import { mosquittoDifferences } from './mosquitto-differences.ts';
import { timedCases } from './timed.contract.ts';

explained(mosquittoTarget, [...promptCases, ...timedCases], mosquittoDifferences);
