import { getHeapStatistics } from 'node:v8';
import { collectDefaultMetrics, type Metric, Registry } from 'prom-client';
import type { Report } from '../report.ts';
import { noteOf, OWN_SURFACES } from './champions.ts';
import type { Durations } from './durations.ts';
import { COUNTS, GAUGES, measured, TIMINGS } from './measures.ts';
import { behind_ms, type Stand } from './standing.ts';

type Labels = Record<string, string>;
interface Sample {
  /** Where it is not the family's own. */
  metricName?: string;
  labels: Labels;
  value: number;
}

/** How long another exporter of this process may take. */
const OTHERS_MS = 2_000;

/**
 * A job's measures in Prometheus's text format. Nothing is counted here: each scrape reads the very numbers that the
 * job's report has at that moment.
 */
export class Metrics {
  readonly #registry = new Registry();
  readonly #report: Report;
  readonly #others: string[] = [];

  constructor(report: Report, isReady: () => boolean) {
    this.#report = report;
    // Prometheus has a label `job` of its own, which is what scrapes are named by.
    this.#registry.setDefaultLabels({ temper_job: report.job });
    collectDefaultMetrics({ register: this.#registry });
    for (const [type, table, read] of [
      ['counter', COUNTS, () => numbers(COUNTS, report.counts)],
      ['gauge', GAUGES, () => numbers(GAUGES, report.gauges)],
      ['histogram', TIMINGS, () => this.#durations()],
    ] as const) {
      for (const [metric, { help, zeros }] of families(table, report.job)) {
        this.#tell(metric, help, type, () => {
          const told = read().filter(sample => sample.metric === metric);
          const missing = zeros.filter(zero => !told.some(({ labels }) => sameLabels(labels, zero)));
          return type === 'counter' ? [...told, ...missing.map(labels => ({ labels, value: 0 }))] : told;
        });
      }
    }
    this.#tell('temper_ready', 'Whether /readyz says yes.', 'gauge', () => [{ labels: {}, value: isReady() ? 1 : 0 }]);
    this.#tell('temper_lag_records', 'Records of a partition that are yet to be handled.', 'gauge', () =>
      this.#stands(({ lag }) => lag),
    );
    this.#tell('temper_behind_seconds', 'For how long the records of a partition have waited.', 'gauge', () =>
      this.#stands(stand => behind_ms(stand, Date.now()) / 1_000),
    );
    this.#tell('temper_heap_limit_bytes', 'What the heap may grow to before the process ends.', 'gauge', () => [
      { labels: {}, value: getHeapStatistics().heap_size_limit },
    ]);
    if (report.job !== 'scorer') return;
    this.#tell('temper_champion_info', 'The model that serves a surface, where one does.', 'gauge', () =>
      OWN_SURFACES.flatMap(surface => {
        const model = report.notes.get(noteOf('champion', surface)) ?? 'none';
        return model === 'none' ? [] : [{ labels: { surface, model }, value: 1 }];
      }),
    );
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Names of all families that this process tells. */
  get names(): string[] {
    return this.#registry.getMetricsAsArray().map(({ name }) => name);
  }

  /** The metrics of a library that has an exporter of its own, at this address, are told with the others. */
  include(url: string): void {
    this.#others.push(url);
  }

  async text(): Promise<string> {
    const others = this.#others.map(
      url =>
        fetch(url, { signal: AbortSignal.timeout(OTHERS_MS) })
          .then(response => (response.ok ? response.text() : ''))
          .catch(() => ''), // its series are absent then, which an alert can ask for
    );
    return [await this.#registry.metrics(), ...(await Promise.all(others))].join('\n');
  }

  #tell(name: string, help: string, type: 'counter' | 'gauge' | 'histogram', read: () => readonly Sample[]): void {
    const family = { name, help, type, aggregator: 'sum' };
    // prom-client asks no more of a metric than this, and its own ones keep numbers of their own.
    this.#registry.registerMetric({ name, get: async () => ({ ...family, values: read() }) } as unknown as Metric);
  }

  #stands(of: (stand: Stand) => number): Sample[] {
    return this.#report.standing.all.map(stand => ({
      labels: { topic: stand.topic, partition: String(stand.partition) },
      value: of(stand),
    }));
  }

  #durations(): (Sample & { metric: string })[] {
    return [...this.#report.timings].flatMap(([name, durations]) => {
      const row = measured(TIMINGS, name);
      if (!row) return [];
      const { metric } = row.measure;
      return histogram(metric, durations, row.labels).map(sample => ({ ...sample, metric }));
    });
  }
}

/** Buckets count all that is not above their bound. */
function histogram(metric: string, { buckets_s, counts, sum_s, count }: Durations, labels: Labels): Sample[] {
  let below = 0;
  const buckets = [...buckets_s.map(String), '+Inf'].map((le, n) => {
    below += counts[n]!;
    return { metricName: `${metric}_bucket`, labels: { ...labels, le }, value: below };
  });
  return [
    ...buckets,
    { metricName: `${metric}_sum`, labels, value: sum_s },
    { metricName: `${metric}_count`, labels, value: count },
  ];
}

/** What a report's numbers of one kind are as samples, each with its metric. */
function numbers(
  table: Parameters<typeof measured>[0],
  values: ReadonlyMap<string, number>,
): (Sample & { metric: string })[] {
  return [...values].flatMap(([name, value]) => {
    const row = measured(table, name);
    if (!row) return []; // of the process, of which prom-client tells
    return { metric: row.measure.metric, labels: row.labels, value: value * (row.measure.scale ?? 1) };
  });
}

/** By metric, those that a job measures, with the labels of what may not have been counted yet. */
function families(table: Parameters<typeof measured>[0], job: Report['job']) {
  const found = new Map<string, { help: string; zeros: Labels[] }>();
  for (const { metric, help, by, labels = {}, label, values = [] } of Object.values(table)) {
    if (!by.includes(job)) continue;
    const family = found.get(metric) ?? { help, zeros: [] };
    found.set(metric, family);
    if (label === undefined) family.zeros.push({ ...labels });
    else family.zeros.push(...values.map(value => ({ ...labels, [label]: value })));
  }
  return found;
}

function sameLabels(one: Labels, other: Labels): boolean {
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every(name => one[name] === other[name]);
}
