import type { Verdict } from '../../schemas/models/models.ts';
import type { Config } from '../../schemas/settings/config.ts';
import { endNightly, scheduleNightly } from '../../workflows/clients/nightly.ts';
import { printResult, progress, table } from '../output.ts';
import { findEndpoints } from '../stack/endpoints.ts';
import { withTemporal } from '../stack/temporal.ts';
import { outcomeOf, type RetrainOptions, retrainAndTell, trialOf } from './retraining.ts';

/** Exit code 0 where a model was promoted, 1 where the gate refused it, or a person, or its trial. */
export async function retrain(
  config: Config,
  { json, ...options }: RetrainOptions & { json?: boolean },
): Promise<number> {
  const endpoints = await findEndpoints(config);
  const result = await retrainAndTell({ ...config, ...endpoints }, options, progress);
  printResult(result, json, () => `${outcomeOf(result)}\n${verdictTable(result.verdict)}`);
  return result.promoted ? 0 : 1;
}

/** Retrains every day at a time (UTC), as `temper retrain` would then; undefined: no more. */
export async function retrainNightly(
  config: Config,
  time: { hour: number; minute: number } | undefined,
  { surface, reason, trial, cold, json }: RetrainOptions & { json?: boolean },
): Promise<void> {
  await withTemporal(config, async client => {
    const occasion = {
      ...trialOf(config),
      ...(trial && { trial }),
      ...(cold && { cold }),
      surface,
      reason,
      requestedBy: 'nightly',
    };
    const ended = time ? await scheduleNightly(client, occasion, time) : await endNightly(client, surface);
    const at = time && `${String(time.hour).padStart(2, '0')}:${String(time.minute).padStart(2, '0')}`;
    const none = ended ? 'no more' : 'there was no such schedule';
    printResult({ surface, nightly: at ?? null }, json, () => `${surface} at night: ${at ? `${at} UTC` : none}`);
  });
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
