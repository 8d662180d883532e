import { parseArgs } from 'node:util';
import { printResult, progress, table } from '../../cli/output.ts';
import { withEmbedded } from '../embedded.ts';
import { benchFeatures } from '../features/job.ts';
import { benchFreshness } from '../freshness/measure.ts';
import { benchInProcess } from '../scorer/in-process.ts';
import { benchTraining } from './training.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, events: { type: 'string', default: '200000' } } });

/** The four figures that tell at a glance whether a change has cost something. Nothing else should run meanwhile. */
const scorer = await benchInProcess();
progress('scorer measured');
const {
  rows: [training],
} = await benchTraining({ models: ['mlp'] });
progress('training measured');
const [features, freshness] = await withEmbedded(async stack => {
  const measured = await benchFeatures(stack, Number(values.events));
  progress('features measured');
  return [measured, await benchFreshness(stack, { rate: 500, seconds: 20 })] as const;
});

printResult({ features, scorer, freshness, training }, values.json, () =>
  table([
    ['FIGURE', '', 'BESIDE IT'],
    [
      'feature job',
      `${features.events_per_cpu_second} events a CPU-second`,
      `consume and parse alone: ${features.consume_and_parse_per_cpu_second}`,
    ],
    [
      'scorer, 500 candidates',
      `p50 ${scorer.p50_ms} ms, p99 ${scorer.p99_ms} ms`,
      `bare ONNX Runtime: p50 ${scorer.ort_p50_ms}, p99 ${scorer.ort_p99_ms} ms`,
    ],
    [
      'click to feature',
      `p50 ${freshness.click_to_feature_ms.p50} ms, p99 ${freshness.click_to_feature_ms.p99} ms`,
      `at ${freshness.events_per_second} events a second`,
    ],
    [
      'training',
      `${Math.round(training!.ours)} samples a CPU-second`,
      training?.torch ? `PyTorch: ${Math.round(training.torch)}` : 'perceptron 128-256-128-1, batch 512, one thread',
    ],
  ]),
);
