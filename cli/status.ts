import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../schemas/clickhouse.ts';
import type { Config } from '../schemas/config.ts';
import { TemperError } from '../schemas/errors.ts';
import { followBoard } from '../streams/board.ts';
import { type Checks, checksOf, checksSaid } from './features/consistency.ts';
import { printResult, table } from './output.ts';
import { withClient } from './stack/endpoints.ts';
import { jobRow } from './start/live.ts';

/** Every job reports once a second: after a little more than two, all that are alive have. */
const LISTEN_MS = 2_200;
/** How far back the checks of features are told. */
const CHECKS_HOURS = 1;

export async function status(config: Config, json: boolean | undefined): Promise<void> {
  await withClient(config, async ({ bus, endpoints, store }) => {
    const { board, stop } = await followBoard(bus);
    const checking = checksIn(store);
    await sleep(LISTEN_MS);
    await stop();
    const features = await checking;
    const reports = board.reports(Date.now());
    const { clickhouse, ...addresses } = endpoints;
    const shown = { ...addresses, clickhouse: withoutPassword(clickhouse) };
    const champion = board.note('scorer', 'champion') ?? null;
    printResult({ champion, features, jobs: reports, endpoints: shown }, json, () =>
      [
        table([['JOB', 'DONE', 'LAG', 'P50 ms', 'P99 ms', ''], ...reports.map(jobRow)]),
        '',
        `features, the last hour: ${features ? checksSaid(features) : 'ClickHouse does not answer'}`,
        '',
        table(Object.entries(shown).map(([name, address]) => [name, String(address)])),
      ].join('\n'),
    );
  });
}

/** The jobs are told also where ClickHouse is gone. */
async function checksIn(store: () => Promise<Store>): Promise<Checks | null> {
  try {
    return await checksOf(await store(), CHECKS_HOURS);
  } catch (error) {
    if (error instanceof TemperError && error.retryable) return null;
    throw error;
  }
}

export function withoutPassword(address: string): string {
  const url = new URL(address);
  url.password = '';
  return url.href;
}
