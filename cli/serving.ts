import type { Config } from '../schemas/settings/config.ts';
import type { Surface } from '../schemas/topics/ranking.ts';
import { decide, rollBack, type Verb } from '../workflows/clients/decisions.ts';
import { printResult } from './output.ts';
import { withTemporal } from './stack/temporal.ts';

export interface DecisionOptions {
  surface: Surface;
  reason: string;
  by: string;
  json?: boolean;
}

/** Tells a retraining, or its trial, what somebody decided. Fails where none waits for it. */
export async function decideOn(
  config: Config,
  verb: Verb,
  { surface, reason, by, json }: DecisionOptions,
): Promise<void> {
  await withTemporal(config, client => decide(client, surface, verb, { by, reason }));
  printResult({ surface, decision: verb, by, reason }, json, () => `${surface}: ${DONE[verb]}`);
}

const DONE = { approve: 'approved', reject: 'rejected', pause: 'paused', resume: 'goes on' } as const;

/** Takes back a challenger on trial, else the champion. */
export async function takeBack(
  config: Config,
  { surface, reason, by, to, json }: DecisionOptions & { to?: string },
): Promise<void> {
  const result = await withTemporal(config, client => rollBack(client, surface, { by, reason }, { to }));
  printResult({ surface, by, reason, ...result }, json, () =>
    'trial' in result
      ? `${surface}: ${result.trial ?? 'the challenger'} is off trial`
      : `${surface}: ${result.to} serves again in place of ${result.from}`,
  );
}
