import { setTimeout as sleep } from 'node:timers/promises';
import { TemperError } from '../../schemas/errors.ts';
import type { Config } from '../../schemas/settings/config.ts';
import {
  ALL_ANEW,
  type BackfillResult,
  type BackfillStanding,
  backfillResult,
  backfillStatus,
  cancelBackfill,
  startBackfill,
} from '../../workflows/clients/backfill.ts';
import type { TemporalClient } from '../../workflows/clients/client.ts';
import { printResult, progress } from '../output.ts';
import { withTemporal } from '../stack/temporal.ts';

const POLL_MS = 1_000;
/** Of one look at the steps. */
const LOOK_MS = 5_000;

export interface BackfillOptions {
  all: boolean;
  anyway: boolean;
  status?: boolean;
  cancel?: boolean;
  json?: boolean;
}

/** Starts a backfill, or joins the one that runs, and waits for it. Exit code 0 where its states serve, otherwise 1. */
export async function backfill(
  config: Config,
  features: string[],
  { all, anyway, status, cancel, json }: BackfillOptions,
): Promise<number> {
  if (features.length > 0 === all && !status && !cancel) {
    throw new TemperError('INPUT_INVALID', {
      where: 'temper backfill',
      expected: 'names of features, --all, --status, or --cancel',
      got: all ? `--all and ${features.join(', ')}` : 'none of them',
      next: '`temper features list` has the names',
    });
  }
  return withTemporal(config, async client => {
    if (cancel) {
      await cancelBackfill(client);
      printResult({ cancelled: true }, json, () => 'asked to stop');
      return 0;
    }
    if (status) {
      const now = await backfillStatus(client);
      printResult({ status: now ?? null }, json, () => (now ? inWords(now) : 'not begun'));
      return 0;
    }
    const { joined } = await startBackfill(client, all ? ALL_ANEW : { features, anyway });
    if (joined && all) progress('a backfill runs already: behind it all is made anew');
    if (joined && !all) progress('joined the backfill that runs already, with its own features');
    const result = await telling(client);
    printResult(result, json, () => said(result));
    return result.switched ? 0 : 1;
  });
}

async function telling(client: TemporalClient): Promise<BackfillResult> {
  const over = new AbortController();
  const steps = tellSteps(client, over.signal);
  try {
    return await backfillResult(client);
  } finally {
    over.abort();
    await steps;
  }
}

async function tellSteps(client: TemporalClient, signal: AbortSignal): Promise<void> {
  const now = async () => {
    const status = await backfillStatus(client);
    return status ? inWords(status) : '';
  };
  for (let told = ''; !signal.aborted; await sleep(POLL_MS, undefined, { signal }).catch(() => {})) {
    // The next look tells what this one could not.
    const words = await client.temporal.withDeadline(Date.now() + LOOK_MS, now).catch(() => told);
    if (words !== told) progress(words);
    told = words;
  }
}

export function inWords({ features, step, parts, switched, state }: BackfillStanding): string {
  if (state === 'completed') return `${named(features)}: ${switched ? 'serves' : 'refused: nothing was switched'}`;
  const done = parts.of > 0 ? `, ${parts.done} of ${parts.of} partitions` : '';
  return `${named(features)}: ${step}${done}${state === 'running' ? '' : ` (${state})`}`;
}

const named = (features: readonly string[]) => features.join(', ') || 'all sums';

function said({ features, switched, refused, comparison, imports }: BackfillResult): string {
  const { keys, changed, compared, different, example, bySql } = comparison;
  const wrong = bySql.example;
  const isAll = features.length === 0;
  return [
    `${named(features)}: ${switched ? `serves as ${isAll ? 'the archive has it' : 'if always declared'}` : 'not switched'}`,
    ...(imports?.length ? [`with all events of ${imports.length} imported files`] : []), // runs of before know of none
    `${changed} of ${keys} keys that were compared ${isAll ? 'change' : 'get what they lack'}`,
    `${bySql.different} of ${bySql.compared} values of ${bySql.keys} keys are not as the declared SQL has them`,
    ...(wrong
      ? [
          `such as ${wrong.feature} of ${wrong.key}: ${wrong.rebuilt} rebuilt, ${wrong.sql} by \`temper features explain\``,
        ]
      : []),
    ...(isAll ? [] : [`${different} of ${compared} values of other features differ from what serves`]),
    ...(example
      ? [`such as ${example.feature} of ${example.key}: ${example.serving} serves, ${example.rebuilt} rebuilt`]
      : []),
    ...(refused === 'other features' ? ['Say --anyway where the archive is right'] : []),
    ...(refused === 'not as the SQL' ? ['A declaration and its SQL say different things: nothing may serve them'] : []),
  ].join('\n');
}
