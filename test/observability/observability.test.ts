import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { JOBS, type JobName } from '../../streams/graph.ts';
import { GAUGES, type GaugeName, TIMINGS } from '../../streams/observe/measures.ts';
import { Metrics } from '../../streams/observe/registry.ts';
import { Report } from '../../streams/report.ts';
import { panels } from './panels.ts';
import { askedBy } from './promql.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(path.join(root, name), 'utf8');

const Alert = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+m$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
});
const Rules = z.strictObject({ groups: z.array(z.strictObject({ name: z.string(), rules: z.array(Alert) })) });
const alerts = Rules.parse(parse(read('observability/alerts.yaml'))).groups.flatMap(({ rules }) => rules);
const shown = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));

const Tried = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })),
    }),
  ),
});
/** What `promtool test rules` tries. */
const tried = Tried.parse(parse(read('observability/alerts.test.yaml'))).tests;

/** Label names by metric, as all jobs tell them once each of their measures has been counted. */
const told = new Map<string, Set<string>>();
let temporal: Buffer;
beforeAll(async () => {
  for (const job of Object.keys(JOBS) as JobName[]) {
    const metrics = new Metrics(countedOnce(job), () => true);
    for (const line of (await metrics.text()).split('\n').filter(text => text !== '' && !text.startsWith('#'))) {
      const [, name, labels = ''] = /^(\w+)(?:\{(.*)\})? /.exec(line)!;
      const known = told.get(name!) ?? new Set();
      for (const [, label] of labels.matchAll(/(\w+)="/g)) known.add(label!);
      told.set(name!, known);
    }
  }
  const bridge = path.dirname(createRequire(import.meta.url).resolve('@temporalio/core-bridge/package.json'));
  const library = readdirSync(path.join(bridge, 'releases'), { recursive: true, encoding: 'utf8' }).find(
    name =>
      name.endsWith('.node') &&
      name.includes(process.platform) &&
      name.includes(process.arch === 'x64' ? 'x86_64' : 'aarch64'),
  );
  temporal = readFileSync(path.join(bridge, 'releases', library!));
});

function countedOnce(job: JobName): Report {
  const report = new Report(job, 'test');
  for (const name of Object.keys(GAUGES) as GaugeName[]) report.gauge(name, 1);
  if (job === 'scorer') report.count('lists.champion');
  if (job === 'enrich') report.count('broken.text');
  if (job === 'sinks') report.count('rows.events');
  if (job === 'worker') report.count('watch_looks.alert');
  if (job === 'support') report.count('answers.answered');
  if (job === 'billing') report.count('charges.billed');
  report.count('failed_batches.shop.events');
  report.note('champion', 'a model');
  report.standing.tell('g', [{ topic: 'shop.events', partition: 0, lag: 1 }], 0);
  for (const name of Object.keys(TIMINGS)) if (!name.endsWith('*')) report.time(name as 'list', 1);
  return report;
}

/** The counters that Temporal's SDK tells stand without prefix and suffix in its library. */
function isOfTemporal(metric: string): boolean {
  const name = /^temporal_(\w+?)(_total|_seconds)?$/.exec(metric)?.[1];
  return name !== undefined && temporal.includes(name);
}

/** Labels that Prometheus gives, or that are of Temporal's SDK. */
const OTHERS = ['instance', 'activity_type', 'worker_type', 'le'];

describe.each([
  ['alert', alerts.map(({ alert, expr }) => ({ name: alert, expr }))],
  ['panel', shown.map(({ title, expr }) => ({ name: title, expr }))],
])('each %s', (_what, asking) => {
  it.each(asking)('$name asks for metrics that there are, by labels that they have', ({ expr }) => {
    const { metrics, labels } = askedBy(expr);
    expect(metrics.length).toBeGreaterThan(0);
    for (const metric of metrics)
      expect(told.has(metric) || metric === 'up' || isOfTemporal(metric), metric).toBe(true);
    const known = new Set([...OTHERS, 'temper_job', ...metrics.flatMap(metric => [...(told.get(metric) ?? [])])]);
    for (const label of labels) expect([...known], `${label} of ${metrics.join()}`).toContain(label);
  });
});

describe('alerts', () => {
  const page = read('docs/operations.md');
  const chapter = page.slice(page.indexOf('\n### Alerts\n'));
  const sections = new Map(
    chapter
      .split(/^#### /m)
      .slice(1)
      .map(section => [section.slice(0, section.indexOf('\n')), section]),
  );

  it.each(alerts)(
    '$alert has a page that says what it means, where to look and what to do',
    ({ alert, annotations }) => {
      expect(annotations.runbook).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      expect(sections.get(alert)).toMatch(/\*Look\*.*\*Do\*/s);
    },
  );

  it.each(alerts)('$alert is tried where it has to come, and where all is well', ({ alert }) => {
    const of = tried.flatMap(({ name, alert_rule_test }) =>
      alert_rule_test
        .filter(({ alertname }) => alertname === alert)
        .map(test => ({ name, comes: test.exp_alerts.length })),
    );
    expect(of).toEqual([
      { name: 'all is well', comes: 0 },
      { name: alert, comes: 1 },
    ]);
  });

  it('are all that the pages are of', () => {
    expect([...sections.keys()].sort()).toEqual(alerts.map(({ alert }) => alert).sort());
  });
});

describe('the dashboard', () => {
  it('has no two panels in one place, none beyond its 24 columns, and says what each shows', () => {
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)}/${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    for (const { title, targets, description, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      if (targets) expect(description, title).toBeTruthy();
    }
  });

  it('names each line by labels that its query keeps', () => {
    for (const { title, targets = [] } of panels) {
      for (const { expr, legendFormat } of targets) {
        const named = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(match => match[1]!);
        const [, kept = ''] = /\bby \(([^)]*)\)/.exec(expr) ?? [];
        expect(kept.split(', '), title).toEqual(expect.arrayContaining(named));
      }
    }
  });
});

describe("Prometheus's configuration", () => {
  it('reads the rules, and the files in which jobs say where they are', () => {
    const { rule_files, scrape_configs } = parse(read('observability/prometheus.yaml'));
    expect(rule_files).toEqual(['alerts.yaml']);
    expect(scrape_configs[0].file_sd_configs[0].files).toEqual(['../.temper/metrics/*.json']);
  });
});
