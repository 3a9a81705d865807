import { parseArgs } from 'node:util';
import { lifeInputs } from './life.ts';
import { type Plant, plants } from './target.ts';
import { targets } from './targets.ts';

const names = Object.keys(targets);

export const usage = `Usage: npm run fuzz -- ${names.join('|')} [--seconds N] [--inputs N] [--seed S] [--json]
       npm run fuzz -- ${names.join('|')} --seed S --input K [--json]
       npm run fuzz -- --replay FILE

Sends damaged input, made of real captures and of the grammar, to a whole broker, endpoint or door in one process, and says
which promises broke: no crash, no hang, no growth, and well-behaved peers notice nothing. What is found is made as small as
it goes and written to out/fuzz/.

  --seconds N     how long (60 unless --inputs or --input is given)
  --inputs N      how many inputs
  --seed S        the same seed draws the same inputs (1)
  --input K       takes in a seed's inputs up to the Kth, and shows that one (1 to ${lifeInputs})
  --json          one line of figures, for programs
  --replay FILE   takes in what was found and made small once more
  --plant NAME    with a planted bug, to see it found: ${plants.join(', ')}

Ends with 0 if all held, with 1 if something was found, with 2 if it was misused.
`;

/** What a person wants. */
export interface Asked {
  readonly help: boolean;
  readonly json: boolean;
  readonly target: string;
  readonly seconds: number;
  readonly inputs: number;
  /** The input to show, if one is wanted. */
  readonly input: number | undefined;
  readonly seed: number;
  readonly plant: Plant;
  readonly replay: string | undefined;
}

const text = { type: 'string' } as const;
const flag = { type: 'boolean', default: false } as const;
const options = {
  ...{ seconds: text, inputs: text, input: text, replay: text, json: flag, help: flag },
  seed: { ...text, default: '1' },
  plant: { ...text, default: 'none' },
} as const;

/** What the arguments ask for, or what is wrong with them. */
export function ask(argv: readonly string[]): Asked | string {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], allowPositionals: true, options });
    const { help, json, replay } = values;
    const given = values.input ?? values.inputs;
    const seconds = values.seconds ?? (given === undefined ? '60' : '1e6');
    const inputs = given ?? '1e12';
    for (const [name, value, least, most] of [
      ['seconds', seconds, 1, 1e9],
      ['inputs', values.inputs ?? '1', 1, 1e15],
      ['input', values.input ?? '1', 1, lifeInputs],
      ['seed', values.seed, 0, 2 ** 32 - 1],
    ] as const)
      if (!Number.isSafeInteger(Number(value)) || Number(value) < least || Number(value) > most)
        return `--${name} ${value} is not a whole number from ${least} to ${most}`;
    const plant = (['none', ...plants] as const).find((one) => one === values.plant);
    if (plant === undefined) return `there is no planted bug ${values.plant}`;
    const [target = '', ...more] = positionals;
    if (!help && replay === undefined && (more.length > 0 || !names.includes(target)))
      return `say what to fuzz, one of ${names.join(', ')}`;
    return {
      ...{ help, json, replay, plant, target },
      ...{ seconds: Number(seconds), inputs: Number(inputs), seed: Number(values.seed) },
      input: values.input === undefined ? undefined : Number(values.input),
    };
  } catch (cause) {
    return (cause instanceof Error ? cause.message : String(cause)).split('\n')[0]!;
  }
}
