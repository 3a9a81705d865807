import { configurationDefects } from './configuration-defects.ts';
import { tellConfiguration } from './tell-configuration.ts';

/**
 * `node main.ts FIRST COUNT [DEFECT]` tells the story over so many seeds and prints one line of JSON. With a defect it
 * stops at the first seed that catches it.
 */
const [first = '1', count = '10', name] = process.argv.slice(2);
const defect = configurationDefects.find((one) => one.name === name);
const sum = { proposed: 0, confirmed: 0, returned: 0, blows: 0 };
const broke: { readonly seed: number; readonly violations: readonly string[] }[] = [];
for (let seed = Number(first); seed < Number(first) + Number(count) && !(defect && broke.length > 0); seed++) {
  const { violations, ...told } = await tellConfiguration(seed, defect);
  if (violations.length > 0) broke.push({ seed, violations });
  for (const part of ['proposed', 'confirmed', 'returned', 'blows'] as const) sum[part] += told[part];
}
process.stdout.write(`${JSON.stringify({ ...sum, broke })}\n`);
