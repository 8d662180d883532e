import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { judgeLimits, TRIAL_POLICY } from '../../models/evaluate/sequential/judge.ts';
import { random } from '../../models/random.ts';
import { Made } from '../../test/sim/made.ts';
import { groupOf, nothing } from '../../test/sim/trials.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';

const HELP = `How often each limit of a trial stops a challenger that makes its lists as the champion does, while somebody looks all
the time, and after how many lists one that fails more often than may is stopped.

  node --import tsx bench/quality/limits.ts [--seeds N] [--lists N] [--json]

--lists: of the challenger`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(400),
  lists: wholeNumber('lists', 1_000).default(5_000),
});

/** Of lists; at the second one they are as many as may. */
const FAILS = [0.005, 0.01, 0.02, 0.05, 0.2, 1] as const;
/** Of the champion's lists for each of the challenger's. */
const BESIDE = 3;
const PLACES = 3;
const LIMITS = { failures: /failed/, median: /median/, p99: /p99/, calibration: /calibration/, kinds: /categories/ };

await runEvaluation({ help: HELP, options }, async ({ seeds, lists, json }) => {
  const rows = FAILS.map(fails => {
    const ends = Array.from({ length: seeds }, (_, seed) => stopOf(seed, fails, lists));
    const stopped = ends.filter(end => end !== undefined);
    const after = stopped.map(end => end.lists).sort((a, b) => a - b);
    const by = Object.entries(LIMITS).map(([name, said]) => [
      name,
      stopped.filter(end => said.test(end.reason)).length,
    ]);
    return {
      fails,
      stopped: stopped.length,
      by: Object.fromEntries(by),
      median_lists: after[after.length >> 1] ?? null,
    };
  });
  printResult({ seeds, lists, rows }, json, () =>
    table([
      ['FAILS', 'STOPPED', ...Object.keys(LIMITS).map(name => `BY ${name.toUpperCase()}`), 'LISTS, MEDIAN'],
      ...rows.map(({ fails, stopped, by, median_lists }) =>
        [fails, stopped, ...Object.values(by), median_lists ?? ''].map(String),
      ),
    ]),
  );
});

/** Looked at behind every list at first, and later behind every 25th. */
function stopOf(seed: number, fails: number, lists: number): { lists: number; reason: string } | undefined {
  const dice = random(seed, 15);
  const [champion, challenger] = [new Made(dice), new Made(dice, fails)];
  for (let list = 1; list <= lists; list++) {
    for (let n = 0; n < BESIDE; n++) serve(champion);
    serve(challenger);
    if (list > 300 && list % 25 > 0) continue;
    const clicks = { ...nothing(), lists: list };
    const seen = {
      champion: groupOf(clicks, champion.service()),
      challenger: groupOf(clicks, challenger.service()),
      interleaved: null,
    };
    const { decision, reason } = judgeLimits(seen, TRIAL_POLICY, '');
    if (decision === 'stop') return { lists: list, reason };
  }
  return undefined;

  /** A list of somebody whose own rate the model does not know, but for its mean. */
  function serve(made: Made): void {
    const rate = 0.1 + 0.9 * dice.uniform() ** 2;
    for (let place = 0; place < PLACES; place++) {
      const appeal = dice.uniform();
      made.item(0.24 * appeal, dice.uniform() < 0.6 * rate * appeal);
    }
    made.list(PLACES);
  }
}
