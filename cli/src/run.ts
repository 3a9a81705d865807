import { Fault, isFault } from '@selvedge/kernel';
import { commonOptions, findVerb, readArguments } from './arguments.ts';
import { verbContext } from './context.ts';
import { type ExitCode, exitCodes, exitOf, explainFailure } from './exit.ts';
import { cliFaults } from './faults.ts';
import { overviewHelp, verbHelp } from './help.ts';
import type { Verb, VerbWorld } from './verb.ts';

/** Runs what was typed and gives the exit code. Failures are explained on stderr; it never rejects. */
export async function runCommandLine(
  words: readonly string[],
  verbs: readonly Verb[],
  world: VerbWorld,
): Promise<ExitCode> {
  try {
    return await runVerb(words, verbs, world);
  } catch (cause) {
    // Whoever stopped it knows why; but a check that was cut short has not passed.
    if (world.signal.aborted) return exitCodes.failed;
    world.out.complain(explainFailure(cause));
    return exitOf(cause);
  }
}

async function runVerb(words: readonly string[], verbs: readonly Verb[], world: VerbWorld): Promise<ExitCode> {
  const found = findVerb(verbs, words);
  if (!found) return helpFor(words, verbs, world);
  const given = readArguments(found.verb, found.rest);
  if (given.flag('help')) {
    world.out.write(verbHelp(found.verb));
    return exitCodes.done;
  }
  const context = verbContext(found.verb, given, world);
  try {
    return (await found.verb.run(context)) ?? exitCodes.done;
  } catch (cause) {
    throw withEnded(cause, context.ended);
  }
}

/** Failures to find what should run; that it ran once and ended explains them. */
const absences = [
  'CLOUD_UNREACHABLE',
  'CLOUD_TOKEN_MISSING',
  'OPERATIONS_UNREACHABLE',
  'EDGE_TOKEN_MISSING',
  'UP_UNREACHABLE',
];

function withEnded(cause: unknown, ended: string | undefined): unknown {
  if (ended === undefined || !isFault(cause) || !absences.includes(cause.code)) return cause;
  return new Fault(cause.code, cause, `${cause.message}; ${ended}`, cause.facts, cause);
}

/** Help was asked for, a group such as `device` was named, or nothing that there is. */
function helpFor(words: readonly string[], verbs: readonly Verb[], world: VerbWorld): ExitCode {
  const named = words.filter((word) => !(word.replace(/^--/, '') in commonOptions));
  const group = verbs.filter((verb) => named.length > 0 && named.every((word, index) => verb.path[index] === word));
  if (named.length > 0 && group.length === 0) throw cliFaults('CLI_MISUSED', `there is no verb "${named.join(' ')}"`);
  world.out.write(overviewHelp(group.length > 0 ? group : verbs));
  return words.length === 0 || words.some((word) => word === '--help' || word === 'help')
    ? exitCodes.done
    : exitCodes.misused;
}
