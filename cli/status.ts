import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../schemas/clickhouse.ts';
import { TemperError } from '../schemas/errors.ts';
import type { Config } from '../schemas/settings/config.ts';
import { followBoard } from '../streams/board.ts';
import { checksOf, checksSaid } from './features/consistency.ts';
import { printResult, table } from './output.ts';
import { findEndpoints, withClient } from './stack/endpoints.ts';
import { championSaid, jobRow } from './start/live.ts';
import { looksOf, looksSaid } from './watch/looks.ts';

/** Every job reports once a second: after a little more than two, all that are alive have. */
const LISTEN_MS = 2_200;
/** How far back the checks of features, and what followed from looks at the champion, are told. */
const CHECKS_HOURS = 1;
const DEEDS_HOURS = 24;

export async function status(config: Config, json: boolean | undefined): Promise<void> {
  await withClient(config, async ({ bus, endpoints, store }) => {
    const { board, stop } = await followBoard(bus);
    const [checking, looking] = [
      whereThere(store, there => checksOf(there, CHECKS_HOURS)),
      whereThere(store, there => looksOf(there, 'home', DEEDS_HOURS)),
    ];
    await sleep(LISTEN_MS);
    await stop();
    const [features, watch] = await Promise.all([checking, looking]);
    const reports = board.reports(Date.now());
    const { clickhouse, ...addresses } = endpoints;
    const shown = { ...addresses, clickhouse: withoutPassword(clickhouse) };
    const champion = board.note('scorer', 'champion') ?? null;
    printResult({ champion, watch, features, jobs: reports, endpoints: shown }, json, () =>
      [
        table([['JOB', 'DONE', 'LAG', 'P50 ms', 'P99 ms', ''], ...reports.map(jobRow)]),
        '',
        `the champion: ${championSaid(board)}`,
        `the last look: ${watch ? looksSaid(watch) : 'ClickHouse does not answer'}`,
        `features, the last hour: ${features ? checksSaid(features) : 'ClickHouse does not answer'}`,
        '',
        table(Object.entries(shown).map(([name, address]) => [name, String(address)])),
      ].join('\n'),
    );
  });
}

/** Where a program of the shop's finds Kafka. */
export async function brokers(config: Config, json: boolean | undefined): Promise<void> {
  const { kafka } = await findEndpoints(config);
  printResult({ kafka }, json, () => kafka.join(','));
}

/** The jobs are told also where ClickHouse is gone. */
async function whereThere<T>(store: () => Promise<Store>, ask: (store: Store) => Promise<T>): Promise<T | null> {
  try {
    return await ask(await store());
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
