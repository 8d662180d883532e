import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { add, matmul, mean, mul } from '../../models/graph/functions.ts';
import { input, type Tensor } from '../../models/graph/tensor.ts';
import { adam } from '../../models/graph/training/descent/optimisers.ts';
import { fit } from '../../models/graph/training/fit.ts';
import { binaryCrossEntropy, delayedFeedback } from '../../models/graph/training/losses.ts';
import { type Parameters, ParameterVector } from '../../models/graph/training/parameters.ts';
import { shuffled } from '../../models/graph/training/plans.ts';
import { random } from '../../models/random.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';

const HELP = `What purchases that have not come yet do to a model that learns from the newest lists, and what three ways of
learning make of it, on rows whose true rates are known.

  node --import tsx bench/quality/delayed.ts [--seeds N] [--rows N] [--json]`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(10),
  rows: wholeNumber('rows', 1_000).default(20_000),
});

const WIDTH = 6;
/** The time from the first row to the training is 1; a buyer takes this much of it on average. */
const DELAY = 0.1;
/** So long are purchases waited for: three delays, within which 95 % have come. */
const WINDOW = 0.3;
/** How much likelier purchases become, as a logit, from the first row to the last. */
const DRIFTS = [0, 0.3, 1] as const;
const WAYS = ['at_once', 'waiting', 'delayed_feedback'] as const;
type Way = (typeof WAYS)[number];

await runEvaluation({ help: HELP, options }, async ({ seeds, rows, json }) => {
  const found: ({ drift: number; way: Way } & ReturnType<typeof summary>)[] = [];
  for (const drift of DRIFTS) {
    const runs: Record<Way, Figures[]> = { at_once: [], waiting: [], delayed_feedback: [] };
    for (let seed = 1; seed <= seeds; seed++) {
      const log = logOf({ rows, drift, seed });
      for (const way of WAYS) runs[way].push(await measure(log, way, seed));
    }
    for (const way of WAYS) found.push({ drift, way, ...summary(runs[way]) });
  }
  printResult({ seeds, rows, delay: DELAY, window: WINDOW, found }, json, () =>
    table([
      ['DRIFT', 'WAY', 'SAID OVER TRUE', 'SD', 'EXCESS LOG LOSS, NATS', 'SD'],
      ...found.map(({ drift, way, ratio, ratio_sd, excess, excess_sd }) => [
        String(drift),
        way,
        ...[ratio, ratio_sd].map(each => each.toFixed(3)),
        ...[excess, excess_sd].map(each => each.toFixed(5)),
      ]),
    ]),
  );
});

/** Clicks in the order of time, and what of their purchases has come when the training begins, at 1. */
interface Log {
  rows: number;
  features: Float32Array;
  /** 1 where the purchase has come. */
  came: Float32Array;
  /** Its delay where it has come, else the time that it had. */
  times: Float32Array;
  /** 1 where it was waited for; then `came` within the window is the label. */
  mature: Float32Array;
  /** The true logits of as many rows of the time right after. */
  later: Float32Array;
  laterLogits: Float32Array;
}

function logOf({ rows, drift, seed }: { rows: number; drift: number; seed: number }): Log {
  const draws = random(seed);
  const weights = Array.from({ length: WIDTH }, () => draws.normal() / 2);
  const logitOf = (x: ArrayLike<number>, at: number) =>
    weights.reduce((sum, weight, k) => sum + weight * x[k]!, -2.5 + drift * at);
  const normals = () => Float32Array.from({ length: rows * WIDTH }, () => draws.normal());
  const rowOf = (of: Float32Array, row: number) => of.subarray(row * WIDTH, (row + 1) * WIDTH);
  const [features, later] = [normals(), normals()];
  const log = { rows, features, later, ...emptyColumns(rows) };
  for (let row = 0; row < rows; row++) {
    const at = row / rows;
    const age = 1 - at;
    const buys = draws.uniform() < sigmoid(logitOf(rowOf(features, row), at));
    const delay = -DELAY * Math.log(1 - draws.uniform());
    const hasCome = buys && delay <= age;
    log.came[row] = Number(hasCome);
    log.times[row] = hasCome ? delay : age;
    log.mature[row] = Number(age >= WINDOW);
    log.laterLogits[row] = logitOf(rowOf(later, row), 1);
  }
  return log;
}

function emptyColumns(rows: number) {
  const column = () => new Float32Array(rows);
  return { came: column(), times: column(), mature: column(), laterLogits: column() };
}

interface Figures {
  /** The mean rate that the model says of the rows right after, over the true one. */
  ratio: number;
  /** How much more its log loss is there than that of the true rates. */
  excess: number;
}

async function measure(log: Log, way: Way, seed: number): Promise<Figures> {
  const delayed = way === 'delayed_feedback';
  const vector = new ParameterVector({ weight: [WIDTH, 1], bias: [1], ...(delayed && { rate: [1] }) });
  const start = new Float32Array(vector.size);
  vector.views(start).bias![0] = -2.5;
  if (delayed) vector.views(start).rate![0] = Math.log(1 / DELAY) - 1; // learned, from a guess that is far off
  const label = log.came.map((came, row) => inTime(log, way, row, came));
  const column = (data: Float32Array) => ({ data, shape: [1] });
  const fitted = await fit({
    vector,
    loss: parameters => lossOf(parameters, way),
    optimiser: adam({ rate: 0.01 }),
    start,
    columns: {
      features: { data: log.features, shape: [WIDTH] },
      label: column(label),
      times: column(log.times),
      counts: column(way === 'waiting' ? log.mature : log.mature.map(() => 1)),
    },
    plan: epoch => shuffled(log.rows, 512, random(seed, epoch)),
    epochs: 8,
  });
  return figuresOf(log, vector.views(fitted.parameters));
}

/** What comes after the window is not waited for; at once, everything that has come counts. */
function inTime({ times }: Log, way: Way, row: number, came: number): number {
  return way === 'waiting' && times[row]! > WINDOW ? 0 : came;
}

function lossOf(parameters: Parameters, way: Way): Tensor {
  const of = (name: string) => input(name, 'float32', ['N', 1]);
  const logits = add(matmul(input('features', 'float32', ['N', WIDTH]), parameters.weight!), parameters.bias!);
  if (way !== 'delayed_feedback') return mean(mul(binaryCrossEntropy(logits, of('label')), of('counts')));
  return mean(delayedFeedback(logits, parameters.rate!, of('label'), of('times')));
}

function figuresOf(log: Log, { weight, bias }: Readonly<Record<string, Float32Array>>): Figures {
  let [said, real, excess] = [0, 0, 0];
  for (let row = 0; row < log.rows; row++) {
    const x = log.later.subarray(row * WIDTH, (row + 1) * WIDTH);
    const logit = x.reduce((sum, each, k) => sum + each * weight![k]!, bias![0]!);
    const [p, q] = [sigmoid(log.laterLogits[row]!), sigmoid(logit)];
    said += q;
    real += p;
    excess += p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q));
  }
  return { ratio: said / real, excess: excess / log.rows };
}

function summary(runs: readonly Figures[]) {
  const of = (name: keyof Figures) => {
    const values = runs.map(run => run[name]);
    const average = values.reduce((sum, each) => sum + each, 0) / values.length;
    const variance = values.reduce((sum, each) => sum + (each - average) ** 2, 0) / Math.max(1, values.length - 1);
    return [average, Math.sqrt(variance)] as const;
  };
  const [[ratio, ratio_sd], [excess, excess_sd]] = [of('ratio'), of('excess')];
  return { ratio, ratio_sd, excess, excess_sd };
}

function sigmoid(logit: number): number {
  return 1 / (1 + Math.exp(-logit));
}
