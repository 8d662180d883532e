import { describe, expect, it } from 'vitest';
import { Arm } from '../../../schemas/topics/ranking.ts';
import { JOBS, type JobName } from '../../../streams/graph.ts';
import { COUNTS, GAUGES, TIMINGS } from '../../../streams/observe/measures.ts';
import { Metrics } from '../../../streams/observe/registry.ts';
import { Report } from '../../../streams/report.ts';

/** A sample a line, by its name and labels. */
async function scrape(metrics: Metrics): Promise<Map<string, number>> {
  const lines = (await metrics.text()).split('\n').filter(line => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map(line => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
}

const ready = () => true;

describe("a job's metrics", () => {
  it('are the numbers of its report at the moment of the scrape, with labels for the kinds of a measure', async () => {
    const report = new Report('scorer', 'test');
    const metrics = new Metrics(report, ready);
    report.count('lists', 3);
    report.count('lists.late');
    report.count('lists.champion', 2);
    report.count('challenger.swaps');
    report.gauge('users', 7);
    report.gauge('promotion_to_first_list_ms', 1_500);
    const first = await scrape(metrics);
    expect(first.get('temper_lists_total{temper_job="scorer"}')).toBe(3);
    expect(first.get('temper_lists_late_total{temper_job="scorer"}')).toBe(1);
    expect(first.get('temper_lists_by_arm_total{arm="champion",temper_job="scorer"}')).toBe(2);
    expect(first.get('temper_model_swaps_total{role="challenger",temper_job="scorer"}')).toBe(1);
    expect(first.get('temper_users{temper_job="scorer"}')).toBe(7);
    expect(first.get('temper_promotion_to_first_list_seconds{role="champion",temper_job="scorer"}')).toBe(1.5);
    report.count('lists', 2);
    expect((await scrape(metrics)).get('temper_lists_total{temper_job="scorer"}')).toBe(5);
    expect(report.snapshot(0).counts.lists).toBe(5);
  });

  it('begin at 0, so that the first increase is seen', async () => {
    const samples = await scrape(new Metrics(new Report('scorer', 'test'), ready));
    for (const role of ['champion', 'challenger']) {
      expect(samples.get(`temper_models_refused_total{role="${role}",temper_job="scorer"}`)).toBe(0);
    }
    expect(samples.get('temper_dead_letters_total{temper_job="scorer"}')).toBe(0);
    expect([...samples.keys()].some(name => name.startsWith('temper_events_total'))).toBe(false);
  });

  it('count no list of an arm before the first, so that the panel of lists without a model is not empty', async () => {
    const report = new Report('scorer', 'test');
    report.count('lists.champion', 2);
    const samples = await scrape(new Metrics(report, ready));
    const of = (arm: string) => samples.get(`temper_lists_by_arm_total{arm="${arm}",temper_job="scorer"}`);
    expect(Arm.options.map(of)).toEqual(Arm.options.map(arm => (arm === 'champion' ? 2 : 0)));
  });

  it('count a duration in each bucket that is not below it, in seconds', async () => {
    const report = new Report('scorer', 'test');
    for (const ms of [0.4, 4, 5, 40, 60_000]) report.time('list', ms);
    const samples = await scrape(new Metrics(report, ready));
    const bucket = (le: string) => samples.get(`temper_list_duration_seconds_bucket{le="${le}",temper_job="scorer"}`);
    expect([bucket('0.001'), bucket('0.0025'), bucket('0.005'), bucket('0.05'), bucket('10'), bucket('+Inf')]).toEqual([
      1, 1, 3, 4, 4, 5,
    ]);
    expect(samples.get('temper_list_duration_seconds_count{temper_job="scorer"}')).toBe(5);
    expect(samples.get('temper_list_duration_seconds_sum{temper_job="scorer"}')).toBeCloseTo(60.0494, 6);
    expect(report.snapshot(0).timings.list).toMatchObject({ count: 5 });
  });

  it('tell the lag of each partition, and for how long it has been behind', async () => {
    const report = new Report('sinks', 'test');
    const record = { key: 'u', value: null, offset: 1, timestamp_ms: Date.now() - 5_000 };
    report.took({ topic: 'shop.events', partition: 2, lag: 40, records: [record] });
    report.took({ topic: 'rank.lists', partition: 0, lag: 0, records: [record] });
    const samples = await scrape(new Metrics(report, () => false));
    const of = (name: string, topic: string, partition: number) =>
      samples.get(`${name}{topic="${topic}",partition="${partition}",temper_job="sinks"}`);
    expect(of('temper_lag_records', 'shop.events', 2)).toBe(40);
    expect(of('temper_behind_seconds', 'shop.events', 2)).toBeGreaterThan(4.9);
    expect(of('temper_behind_seconds', 'rank.lists', 0)).toBe(0);
    expect(samples.get('temper_ready{temper_job="sinks"}')).toBe(0);
  });

  it('say of which kind they are', async () => {
    const report = new Report('scorer', 'test');
    report.time('list', 1);
    const text = await new Metrics(report, ready).text();
    const kindOf = (name: string) => new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)?.[1];
    const kinds = ['temper_lists_total', 'temper_users', 'temper_list_duration_seconds', 'temper_ready'].map(kindOf);
    expect(kinds).toEqual(['counter', 'gauge', 'histogram', 'gauge']);
  });

  it('have those of the process beside them', async () => {
    const samples = await scrape(new Metrics(new Report('outcomes', 'test'), ready));
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'temper_heap_limit_bytes']) {
      expect(samples.get(`${name}{temper_job="outcomes"}`), name).toBeGreaterThan(0);
    }
  });

  it('are told with those of another exporter, and also where it does not answer', async () => {
    const metrics = new Metrics(new Report('worker', 'test'), ready);
    metrics.include('http://127.0.0.1:9/metrics');
    expect((await scrape(metrics)).get('temper_ready{temper_job="worker"}')).toBe(1);
  });
});

describe('the names of measures', () => {
  const rows = [COUNTS, GAUGES, TIMINGS].flatMap(table =>
    Object.entries<(typeof COUNTS)[keyof typeof COUNTS]>(table as never),
  );

  it('keep to the rules of Prometheus', () => {
    for (const [name, { metric, help }] of rows) {
      expect(metric, name).toMatch(/^temper_[a-z_]+$/);
      expect(metric.endsWith('_total'), name).toBe(name in COUNTS);
      expect(metric, name).not.toMatch(/_(ms|milliseconds|micros|mb)(_|$)/);
      expect(help, name).toMatch(/^[A-Z].*\.$/);
    }
    for (const { metric } of Object.values(TIMINGS)) expect(metric).toMatch(/_seconds$/);
  });

  it('mean one thing: a metric has the same help and the same labels wherever it is measured', () => {
    const known = new Map<string, string>();
    for (const [name, row] of rows) {
      const {
        metric,
        help,
        labels = {},
        label,
      } = row as { metric: string; help: string; labels?: object; label?: string };
      const shape = JSON.stringify([help, Object.keys(labels), label]);
      expect(known.get(metric) ?? shape, name).toBe(shape);
      known.set(metric, shape);
      expect(name.endsWith('.*'), name).toBe(label !== undefined);
    }
  });

  it('are of jobs of the graph', () => {
    const jobs = Object.keys(JOBS) as JobName[];
    for (const [name, { by }] of rows) for (const job of by) expect(jobs, name).toContain(job);
  });
});
