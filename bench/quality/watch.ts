import { z } from 'zod';
import { printResult, table } from '../../cli/output.ts';
import { changeOf, type Traffic } from '../../models/watch/measures/rates.ts';
import { DEFAULT_WATCH } from '../../schemas/policies/watch-policy.ts';
import { Shop } from '../../test/sim/watched.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';

const HELP = `After how many lists the watch knows that a champion's click rate has fallen, and how often it says so where
nothing has changed, in shops whose users' click rates and visits differ.

  node --import tsx bench/quality/watch.ts [--seeds N] [--lists N] [--json]`;

const options = z.object({
  ...EVALUATION,
  seeds: EVALUATION.seeds.default(40),
  lists: wholeNumber('lists', 1_000).default(20_000),
});

/** What is left of what the champion's lists bring beyond popularity's. */
const LEFT = [0.5, 0.7, 0.8, 0.85, 1] as const;
const USERS = 800;
const BEFORE = 10_000;
const EVERY = 250;
/** What the champion's lists bring as a multiple of popularity's. */
const LIFT = 1.5;
/** The level of one sequence; see models/watch/signals/sequences.ts. */
const ALPHA = DEFAULT_WATCH.alpha / 3;

await runEvaluation({ help: HELP, options }, async ({ seeds, lists, json }) => {
  const rows = LEFT.map(left => {
    const runs = Array.from({ length: seeds }, (_, seed) => follow(seed + 1, left, lists));
    const summary = (error: 'paired' | 'apart') => {
      const found = runs.flatMap(run => run[error].found ?? []).sort((a, b) => a - b);
      const wrong = runs.filter(run => run[error].isWrong).length;
      return { found: found.length, least: found[0], median: found[found.length >> 1], most: found.at(-1), wrong };
    };
    return { left, paired: summary('paired'), apart: summary('apart') };
  });
  printResult({ seeds, lists, limit: DEFAULT_WATCH.clicks.fall, alpha: ALPHA, rows }, json, () =>
    table([
      ['LEFT', 'FOUND', 'AFTER LISTS', 'WRONG', 'FOUND, WINDOWS APART', 'AFTER LISTS', 'WRONG'],
      ...rows.map(({ left, ...errors }) => [
        String(left),
        ...[errors.paired, errors.apart].flatMap(({ found, least, median, most, wrong }) => [
          `${found} of ${seeds}`,
          found > 0 ? `${median} (${least} to ${most})` : '',
          String(wrong),
        ]),
      ]),
    ]),
  );
});

interface Followed {
  /** Lists until the interval lies below the limit. */
  found?: number;
  /** Whether an interval did not contain what is true. */
  isWrong: boolean;
}

/** Looks again and again, with errors over users, and with errors as if windows had different ones. */
function follow(seed: number, left: number, lists: number): Record<'paired' | 'apart', Followed> {
  const shop = new Shop(seed, USERS);
  shop.serve(BEFORE, { lift: LIFT });
  shop.turn();
  const seen = {
    paired: { scale: null as number | null, followed: { isWrong: false } as Followed },
    apart: { scale: null as number | null, followed: { isWrong: false } as Followed },
  };
  for (let served = EVERY; served <= lists; served += EVERY) {
    shop.serve(EVERY, { lift: LIFT * left });
    const { traffic } = shop;
    for (const [name, state] of Object.entries(seen) as ['paired' | 'apart', (typeof seen)['paired']][]) {
      const asked = { alpha: ALPHA, scale: state.scale, least: DEFAULT_WATCH.least };
      const change = changeOf(name === 'paired' ? traffic : apart(traffic), asked);
      if (!change) continue;
      state.scale = change.scale;
      state.followed.isWrong ||= change.low > Math.log(left) || change.high < Math.log(left);
      if (change.high < Math.log1p(-DEFAULT_WATCH.clicks.fall)) state.followed.found ??= served;
    }
  }
  return { paired: seen.paired.followed, apart: seen.apart.followed };
}

/** The same sums without what users have in common between groups. */
function apart(traffic: Traffic): Traffic {
  const width = traffic.sums.length;
  const isOfOne = (place: number) => Math.floor(Math.floor(place / width) / 2) === Math.floor((place % width) / 2);
  return { ...traffic, products: traffic.products.map((product, place) => (isOfOne(place) ? product : 0)) };
}
