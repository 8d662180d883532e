import { describe, expect, it } from 'vitest';
import { Rates, TopicRates } from '../../../console/reads/rates.ts';
import type { JobReport } from '../../../schemas/topics/operations.ts';

function report(process: string, at_ms: number, lists: number, more: Partial<JobReport> = {}): JobReport {
  return {
    ...{ v: 1, job: 'scorer', process, at_ms, counts: { lists }, lag: {}, notes: {} },
    gauges: { cpu_seconds: at_ms / 2_000, rss_mb: 100 },
    timings: { list: { count: lists, p50: 2, p99: 9 } },
    ...more,
  };
}

describe('rates of jobs', () => {
  it('are those of the last five seconds, over all processes of a job', () => {
    const rates = new Rates();
    let jobs = rates.jobs([report('a', 1_000, 1_000_000), report('b', 1_000, 0)]);
    expect(jobs[0]).toMatchObject({ job: 'scorer', processes: 2, per_second: null, total: 1_000_000 });
    // a makes 10 lists a second and then 20; b always 5.
    for (let n = 1; n <= 10; n++) {
      const lists = 1_000_000 + 10 * n + (n > 5 ? 10 * (n - 5) : 0);
      jobs = rates.jobs([report('a', 1_000 * (n + 1), lists), report('b', 1_000 * (n + 1), 5 * n)]);
    }
    expect(jobs[0]).toMatchObject({ per_second: 25, cpu: 1, rss_mb: 200, p50_ms: 2, p99_ms: 9 });
  });

  it('begin anew with a process that was restarted, and lags of its topics add up', () => {
    const rates = new Rates();
    rates.jobs([report('a', 1_000, 5_000)]);
    const [job] = rates.jobs([
      report('b', 2_000, 3, { lag: { 'rank.requests': 2 } }),
      report('c', 2_000, 3, { lag: { 'rank.requests': 5, other: 1 }, notes: { champion: 'm' } }),
    ]);
    expect(job).toMatchObject({ per_second: null, lag: { 'rank.requests': 7, other: 1 }, notes: { champion: 'm' } });
  });

  it('of a report that is seen twice are the same', () => {
    const rates = new Rates();
    rates.jobs([report('a', 1_000, 0)]);
    const reports = [report('a', 2_000, 30)];
    expect(rates.jobs(reports)[0]!.per_second).toBe(30);
    expect(rates.jobs(reports)[0]!.per_second).toBe(30);
  });
});

it('rates of topics come from the ends of their logs, and are none where a log was made anew', () => {
  const rates = new TopicRates();
  const look = (at_ms: number, end: number) => rates.look(at_ms, new Map([['shop.events', end]]))['shop.events'];
  expect(look(0, 100)).toBeNull();
  expect(look(2_000, 300)).toBe(100);
  expect(look(4_000, 300)).toBe(50);
  expect(look(6_000, 0)).toBe(0);
});
