import { z } from 'zod';
import { printResult, progress, table } from '../../../cli/output.ts';
import { notWorseOffPolicy } from '../../../models/evaluate/gates/off-policy.ts';
import { compareOffPolicy, type Method } from '../../../models/evaluate/off-policy/lists.ts';
import { estimateExamination } from '../../../models/features/examination/estimate.ts';
import { listsOf } from '../../../models/ranker/dataset/dataset.ts';
import { DEFAULT_GATES } from '../../../schemas/policies/gate-policy.ts';
import { examination, reach } from '../../../test/sim/shopper.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../../options.ts';
import { noisyScores, type SimulatedLog, simulatedLog } from './shop.ts';

const HELP = `What the gate's off-policy checks and the estimated examination curve are worth, where the truth is known: on lists
of the simulated shop in random order.

  node --import tsx bench/quality/off-policy/simulated.ts [--seeds N] [--first N] [--users N] [--lists N] [--json]

The champion knows what users like but for noise of its own (1 standard deviation); so does a candidate that is as good, and
another one has more noise (3). The seeds are the shop's.`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(20),
  first: wholeNumber('first', 1).default(100),
  users: wholeNumber('users', 10).default(400),
  lists: wholeNumber('lists', 20).default(2_000),
});

const METHODS = ['snips', 'dr'] as const;
const CANDIDATES = { as_good: 1, worse: 3 } as const;
type Candidate = keyof typeof CANDIDATES;
const SHARE = 100;

await runEvaluation({ help: HELP, options }, async ({ seeds, first, users, lists, json }) => {
  const logs: ReturnType<typeof measured>[] = [];
  for (let seed = first; seed < first + seeds; seed++) {
    logs.push(measured(simulatedLog({ seed, users, lists }), seed));
    progress(`seed ${seed}: ${JSON.stringify(logs.at(-1))}`);
  }
  const rows = (Object.keys(CANDIDATES) as Candidate[]).flatMap(candidate =>
    METHODS.map(method => {
      const found = logs.map(log => log.candidates[candidate][method]);
      return {
        candidate,
        method,
        truth: mean(found, each => each.truth),
        estimate: mean(found, each => each.estimate),
        half_width: mean(found, each => each.half_width),
        covered: mean(found, each => Number(each.covered)),
        refused: mean(found, each => Number(each.refused)),
      };
    }),
  );
  const curve = {
    covered: mean(logs, log => log.curve.covered),
    exponent: mean(logs, log => log.curve.exponent),
    exponent_half_width: mean(logs, log => log.curve.half_width),
  };
  printResult({ seeds, first, users, lists, rows, curve }, json, () =>
    [
      table([
        ['CANDIDATE', 'BY', 'TRUE LIFT, %', 'ESTIMATE', 'HALF INTERVAL', 'COVERED', 'REFUSED'],
        ...rows.map(({ candidate, method, ...numbers }) => {
          return [candidate, method, ...Object.values(numbers).map(each => (SHARE * each).toFixed(1))];
        }),
      ]),
      `examination: ${(SHARE * curve.covered).toFixed(0)} % of positions within their intervals; exponent ${curve.exponent.toFixed(2)} +- ${curve.exponent_half_width.toFixed(2)}`,
    ].join('\n'),
  );
});

function measured(log: SimulatedLog, seed: number) {
  const champion = noisyScores(log, 1, 2 * seed);
  const [own, known] = [truth(log, champion), { champion }];
  const entries = Object.entries(CANDIDATES).map(([name, noise]) => {
    const candidate = noisyScores(log, noise, 2 * seed + 1);
    const found = compareOffPolicy(log, { ...known, candidate }, { seed })!;
    const lift = truth(log, candidate) / own - 1;
    const judged = (method: Method) => {
      const { value, low, high } = found.lifts[method]!;
      const refused = !notWorseOffPolicy(method, found, DEFAULT_GATES.off_policy).passed;
      const covered = low <= lift && lift <= high;
      return { truth: lift, estimate: value, half_width: (high - low) / 2, covered, refused };
    };
    return [name, { snips: judged('snips'), dr: judged('dr') }] as const;
  });
  type Judged = (typeof entries)[number][1];
  return { candidates: Object.fromEntries(entries) as Record<Candidate, Judged>, curve: curveOf(log) };
}

/** The clicks that are expected of a ranker's order of what was seen on each list. */
function truth(log: SimulatedLog, scores: Float32Array): number {
  let clicks = 0;
  for (const [start, end] of listsOf(log)) {
    const order = Array.from({ length: end - start }, (_, at) => start + at).sort((a, b) => scores[b]! - scores[a]!);
    for (const [position, row] of order.entries()) clicks += looks(position) * log.appeal[row]!;
  }
  return clicks;
}

/** P(the user looks at the item), given that it is on the screen. */
function looks(position: number): number {
  return examination(position) / reach(position);
}

function curveOf(log: SimulatedLog) {
  const seen = [...listsOf(log)].flatMap(([start, end]) =>
    Array.from({ length: end - start }, (_, at) => ({
      group: log.user[start]!,
      position: at,
      lists: 1,
      clicks: log.clicked[start + at]!,
      top_clicks: log.clicked[start]!,
    })),
  );
  const { positions, exponent } = estimateExamination(seen, { groups: log.users, seed: 1 });
  const within = positions.slice(1).filter(({ position, measured: found }) => {
    return found && found.low <= looks(position) && looks(position) <= found.high;
  });
  const { value, low, high } = exponent!;
  return { covered: within.length / (positions.length - 1), exponent: value, half_width: (high - low) / 2 };
}

function mean<T>(all: readonly T[], number: (each: T) => number): number {
  return all.reduce((sum, each) => sum + number(each), 0) / all.length;
}
