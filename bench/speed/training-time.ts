import { monitorEventLoopDelay } from 'node:perf_hooks';
import { z } from 'zod';
import { evaluateRanker } from '../../activities/evaluate-ranker.ts';
import { trainingIn } from '../../activities/places.ts';
import type { Ports } from '../../activities/ports.ts';
import { snapshotExamples } from '../../activities/snapshot/snapshot-examples.ts';
import { validateSnapshot } from '../../activities/snapshot/validate-snapshot.ts';
import { printResult, progress, table } from '../../cli/output.ts';
import { trainInChild } from '../../models/ranker/child.ts';
import { ensureKey, keysIn } from '../../models/registry/keys.ts';
import { openStore } from '../../schemas/clickhouse.ts';
import { createLog } from '../../schemas/log.ts';
import { type Embedded, withEmbedded } from '../embedded.ts';
import { runEvaluation, wholeNumber } from '../options.ts';
import { fillExamples } from '../training/examples.ts';

const HELP = `npm run bench:training-time -- [options]

How long new examples in ClickHouse take to be a trained and judged model, step by step, as a retraining takes them.

  --examples N  that are there (1000000)
  --ranker R    mlp, fusion or sequence (mlp)
  --threads N   of ONNX Runtime (1)
  --json        one JSON object on standard output`;

await runEvaluation(
  {
    help: HELP,
    options: z.object({
      examples: wholeNumber('examples', 10_000).default(1_000_000),
      ranker: z.enum(['mlp', 'fusion', 'sequence']).default('mlp'),
      threads: wholeNumber('threads', 1).default(1),
      json: z.boolean().default(false),
    }),
  },
  async ({ json, ...asked }) => {
    const result = await withEmbedded(embedded => measure(embedded, asked));
    printResult(result, json, () =>
      table([
        ['STEP', 'SECONDS', 'CPU-SECONDS', 'THREAD HELD, MS'],
        ...result.steps.map(({ step, ...figures }) => [step, ...Object.values(figures).map(String)]),
        ['examples to a trained model', String(result.to_trained_s), '', ''],
      ]),
    );
  },
);

interface Asked {
  examples: number;
  ranker: 'mlp' | 'fusion' | 'sequence';
  threads: number;
}

interface Step {
  step: string;
  seconds: number;
  /** Of this process, and of the one that trains; without ClickHouse's. */
  cpu_seconds: number;
  /** For how long at a time nothing else ran on this process's thread, at most. */
  held_ms: number;
}

async function measure({ config: services }: Embedded, { examples, ranker, threads }: Asked) {
  const config = { ...services, ranker, threads };
  const store = await openStore(config.clickhouse!, config.clickhouseDatabase);
  const none = undefined as never; // nobody is promoted, and no feature is rebuilt
  const ports: Ports = {
    config,
    store,
    champions: none,
    backfills: none,
    userLogs: none,
    searches: none,
    ads: none,
    looked: none,
    log: createLog('bench', 'error'),
  };
  await ensureKey(keysIn(config), Date.now());
  await fillExamples(store, examples);
  progress(`${examples} examples are there`);

  const steps: Step[] = [];
  const about = { surface: 'home', champion: null } as const;
  const snapshot = await timed('freeze', steps, () =>
    snapshotExamples(ports, { surface: 'home', until_ms: Date.now() }),
  );
  await timed('validate', steps, () => validateSnapshot(ports, { ...about, snapshot }));
  const directory = trainingIn(config, 'bench');
  const options = {
    kind: ranker,
    dataset: { path: snapshot.path, sha256: snapshot.sha256 },
    directory,
    seed: 1,
    providers: config.providers,
    threads,
  };
  const candidate = await timed('train', steps, () => trainInChild(options));
  steps.at(-1)!.cpu_seconds = round(candidate.metrics.cpu_seconds ?? 0);
  const verdict = await timed('judge', steps, () => evaluateRanker(ports, { ...about, snapshot, candidate, seed: 1 }));
  await store.stop();
  const to_trained_s = round(steps.slice(0, -1).reduce((sum, { seconds }) => sum + seconds, 0));
  return { examples, ranker, threads, clicks: snapshot.clicks, to_trained_s, steps, ...told(candidate, verdict) };
}

function told({ metrics }: { metrics: Record<string, number> }, verdict: { metrics: Record<string, unknown> }) {
  const { epochs, best_epoch, samples_per_second, validation_loss } = metrics;
  return { epochs, best_epoch, samples_per_second, validation_loss, verdict: verdict.metrics };
}

async function timed<T>(step: string, steps: Step[], work: () => Promise<T>): Promise<T> {
  const held = monitorEventLoopDelay({ resolution: 10 });
  const [began_ms, cpu] = [performance.now(), process.cpuUsage()];
  held.enable();
  const result = await work();
  held.disable();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = round((performance.now() - began_ms) / 1_000);
  steps.push({ step, seconds, cpu_seconds: round((user + system) / 1e6), held_ms: Math.round(held.max / 1e6) });
  progress(`${step}: ${seconds} s`);
  return result;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
