import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../schemas/config.ts';
import { printResult, table } from './output.ts';
import { followBoard } from './stack/board.ts';
import { withClient } from './stack/endpoints.ts';
import { jobRow } from './start/live.ts';

/** Every job reports once a second: after a little more than two, all that are alive have. */
const LISTEN_MS = 2_200;

export async function status(config: Config, json: boolean | undefined): Promise<void> {
  await withClient(config, async ({ bus, endpoints }) => {
    const { board, stop } = await followBoard(bus);
    await sleep(LISTEN_MS);
    await stop();
    const reports = board.reports(Date.now());
    const { clickhouse, ...addresses } = endpoints;
    const shown = { ...addresses, clickhouse: withoutPassword(clickhouse) };
    printResult({ champion: board.note('scorer', 'champion') ?? null, jobs: reports, endpoints: shown }, json, () =>
      [
        table([['JOB', 'DONE', 'LAG', 'P50 ms', 'P99 ms', ''], ...reports.map(jobRow)]),
        '',
        table(Object.entries(shown).map(([name, address]) => [name, String(address)])),
      ].join('\n'),
    );
  });
}

export function withoutPassword(address: string): string {
  const url = new URL(address);
  url.password = '';
  return url.href;
}
