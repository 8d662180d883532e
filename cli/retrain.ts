import type { Config } from '../schemas/config.ts';
import type { Verdict } from '../schemas/models.ts';
import { printResult, progress, table } from './output.ts';
import { followRetrain, type RetrainOptions } from './retraining.ts';
import { findEndpoints } from './stack.ts';

/** Exit code 0 where a model was promoted, 1 where the gate refused it. */
export async function retrain(
  config: Config,
  { json, ...options }: RetrainOptions & { json?: boolean },
): Promise<number> {
  const endpoints = await findEndpoints(config);
  const retraining = await followRetrain({ ...config, ...endpoints }, options);
  if (retraining.url) progress(`watch it at ${retraining.url}`);
  let told = '';
  const timer = setInterval(() => {
    if (retraining.step() !== told) progress(retraining.step());
    told = retraining.step();
  }, 500);
  try {
    const result = await retraining.result;
    printResult(
      result,
      json,
      () => `${result.promoted ? `promoted ${result.model}` : 'not promoted'}\n${verdictTable(result.verdict)}`,
    );
    return result.promoted ? 0 : 1;
  } finally {
    clearInterval(timer);
  }
}

export function verdictTable(verdict: Verdict): string {
  const number = (value: number | null) => (value === null ? '' : value.toFixed(4));
  return table([
    ['CHECK', '', 'VALUE', 'LOW', 'HIGH', 'THRESHOLD', 'WHY'],
    ...verdict.checks.map(c => [
      c.name,
      c.passed ? 'pass' : 'FAIL',
      number(c.value),
      number(c.low),
      number(c.high),
      number(c.threshold),
      c.reason,
    ]),
  ]);
}
