import type { Config } from '../schemas/config.ts';
import type { Verdict } from '../schemas/models.ts';
import { printResult, progress, table } from './output.ts';
import { type RetrainOptions, retrainAndTell } from './retraining.ts';
import { findEndpoints } from './stack/endpoints.ts';

/** Exit code 0 where a model was promoted, 1 where the gate refused it. */
export async function retrain(
  config: Config,
  { json, ...options }: RetrainOptions & { json?: boolean },
): Promise<number> {
  const endpoints = await findEndpoints(config);
  const result = await retrainAndTell({ ...config, ...endpoints }, options, progress);
  const head = result.promoted ? `promoted ${result.model}` : 'not promoted';
  printResult(result, json, () => `${head}\n${verdictTable(result.verdict)}`);
  return result.promoted ? 0 : 1;
}

export function verdictTable(verdict: Verdict): string {
  const number = (value: number | null) => (value === null ? '' : value.toFixed(4));
  return table([
    ['CHECK', '', 'VALUE', 'LOW', 'HIGH', 'THRESHOLD', 'WHY'],
    ...verdict.checks.map(c => [
      c.name,
      c.passed ? 'pass' : c.mode === 'report' ? 'told' : 'FAIL',
      number(c.value),
      number(c.low),
      number(c.high),
      number(c.threshold),
      c.reason,
    ]),
  ]);
}
