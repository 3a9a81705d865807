import type { Case } from '../support/case.ts';
import { bytesCases } from './bytes.contract.ts';
import { connectCases } from './connect.contract.ts';
import { disconnectCases } from './disconnect.contract.ts';
import { flowCases } from './flow.contract.ts';
import { guardedCases } from './guarded.contract.ts';
import { pingCases } from './ping.contract.ts';
import { publishCases } from './publish.contract.ts';
import { retainCases } from './retain.contract.ts';
import { sessionCases } from './session.contract.ts';
import { sharesCases } from './shares.contract.ts';
import { subscribeCases } from './subscribe.contract.ts';
import { topicCases } from './topics.contract.ts';
import { willCases } from './will.contract.ts';

/** All that takes no time. */
export const promptCases: readonly Case[] = [
  ...bytesCases,
  ...connectCases,
  ...guardedCases,
  ...sessionCases,
  ...willCases,
  ...publishCases,
  ...flowCases,
  ...retainCases,
  ...subscribeCases,
  ...topicCases,
  ...sharesCases,
  ...pingCases,
  ...disconnectCases,
];
