import { expect, it } from 'vitest';
import { reportLooks } from '../../../cli/stack/looks.ts';
import { Metrics } from '../../../streams/observe/registry.ts';
import { Report } from '../../../streams/report.ts';

const NOW_MS = 1_700_000_000_000;

/** What Prometheus reads of the watch. */
async function told(report: Report): Promise<string[]> {
  const lines = (await new Metrics(report, () => true).text()).split('\n');
  return lines.filter(line => line.startsWith('temper_watch_')).sort();
}

it("a worker's looks are counted by what follows, and are missed from its start on", async () => {
  const report = new Report('worker', 'test');
  const looked = reportLooks(report, 900_000, NOW_MS);
  const acts = (counts: Record<string, number>) =>
    ['alert', 'none', 'retrain', 'rollback'].map(
      act => `temper_watch_looks_total{act="${act}",temper_job="worker"} ${counts[act] ?? 0}`,
    );
  const standing = (at_s: number) => [
    'temper_watch_interval_seconds{temper_job="worker"} 900',
    `temper_watch_last_look_timestamp_seconds{temper_job="worker"} ${at_s}`,
  ];
  expect(await told(report)).toEqual([...standing(NOW_MS / 1_000), ...acts({})]);
  looked('home', NOW_MS + 60_000, 'none');
  looked('home', NOW_MS + 120_000, 'retrain');
  looked('search', NOW_MS + 180_000, 'none');
  expect(await told(report)).toEqual([...standing(NOW_MS / 1_000 + 120), ...acts({ none: 2, retrain: 1 })]);
});

it('a worker that is not to look has nothing that could be missed', async () => {
  const report = new Report('worker', 'test');
  reportLooks(report, null, NOW_MS);
  expect((await told(report)).filter(line => !line.includes('looks_total'))).toEqual([]);
});
