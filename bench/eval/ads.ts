import { z } from 'zod';
import { printResult, progress, table } from '../../cli/output.ts';
import { EVALUATION, runEvaluation, wholeNumber } from '../options.ts';
import { type CampaignDay, DAY_MS, type DayOptions, runDay } from '../quality/ads/day.ts';

const HELP = `A day of ads in the simulated shop: whether budgets last for the traffic of the day, and hold.

npm run eval:ads -- [--requests 20000] [--seeds 3] [--json]

Twelve campaigns bid for four places on each list, with the auction, the pacing and the ledger that serve and charge ads.
Their budgets are a tenth, a quarter, a half and three quarters of what they would spend without one.`;

const OPTIONS = z.object({ ...EVALUATION, requests: wholeNumber('requests', 100).default(20_000) });

const SHARES = [0.1, 0.25, 0.5, 0.75];
const HOUR_MS = 3_600_000;
/** Two hours of the evening, in which most lists are asked for. */
const KILL = { from_ms: DAY_MS + 19 * HOUR_MS, until_ms: DAY_MS + 21 * HOUR_MS };

const WAYS: Readonly<Record<string, Partial<DayOptions>>> = {
  paced: {},
  'whole bids': { paced: false },
  'paced, GSP': { policy: { pricing: 'gsp' } },
  'paced, charges a minute late': { feedback_ms: 60_000 },
  'paced, billing killed for two hours': { kill: KILL },
};

interface Figures {
  /** Greatest distance from the plan at the end of an hour, over campaigns whose budgets bind, as a share of the budget. */
  off_plan: number;
  /** Share of the traffic after which the first campaign had spent 99 %. */
  first_out: number;
  /** Of all budgets. */
  billed: number;
  /** The greatest of a campaign's. */
  most_billed: number;
  /** What was given away, as a share of all budgets. */
  unbilled: number;
  charges: number;
  /** Micros. */
  price: number;
}

await runEvaluation({ help: HELP, options: OPTIONS }, async ({ requests, seeds, json }) => {
  const all = new Map<string, Figures[]>();
  for (let seed = 1; seed <= seeds; seed++) {
    const free = runDay({ seed, requests, budgets: () => 1e12 });
    const demand = free.map(({ spend }) => spend?.billed_micros ?? 0);
    const budgets = (n: number) => Math.max(1_000_000, Math.round(demand[n]! * SHARES[n % SHARES.length]!));
    for (const [way, more] of Object.entries(WAYS)) {
      progress(`seed ${seed} of ${seeds}: ${way}`);
      all.set(way, [...(all.get(way) ?? []), figuresOf(runDay({ seed, requests, budgets, ...more }))]);
    }
  }
  const ways = [...all].map(([way, figures]) => ({ way, ...worst(figures) }));
  printResult({ requests, seeds, ways }, json, () =>
    table([
      ['', 'OFF PLAN', 'FIRST OUT AT', 'BILLED', 'MOST OF A BUDGET', 'GIVEN AWAY', 'CHARGES', 'MEAN PRICE'],
      ...ways.map(({ way, off_plan, first_out, billed, most_billed, unbilled, charges, price }) => [
        way,
        percent(off_plan),
        percent(first_out),
        percent(billed),
        percent(most_billed),
        percent(unbilled),
        charges.toFixed(0),
        (price / 1e6).toFixed(4),
      ]),
    ]),
  );
});

function figuresOf(days: readonly CampaignDay[]): Figures {
  const sum = (of: (day: CampaignDay) => number) => days.reduce((total, day) => total + of(day), 0);
  const budgets = sum(({ campaign }) => campaign.daily_micros);
  const binding = days.filter(({ campaign, spend }) => (spend?.billed_micros ?? 0) >= 0.99 * campaign.daily_micros);
  const billed = sum(({ spend }) => spend?.billed_micros ?? 0);
  const charges = sum(({ spend }) => spend?.billed ?? 0);
  return {
    off_plan: Math.max(...binding.flatMap(({ ahead }) => ahead.map(Math.abs))),
    first_out: Math.min(...days.map(({ lasted }) => lasted)),
    billed: billed / budgets,
    most_billed: Math.max(...days.map(({ campaign, spend }) => (spend?.billed_micros ?? 0) / campaign.daily_micros)),
    unbilled: sum(({ spend }) => spend?.unbilled_micros ?? 0) / budgets,
    charges,
    price: billed / charges,
  };
}

/** Over seeds: the worst of what is promised, the mean of the others. */
function worst(figures: readonly Figures[]): Figures {
  const of = (name: keyof Figures) => figures.map(each => each[name]);
  const mean = (name: keyof Figures) => of(name).reduce((sum, each) => sum + each, 0) / figures.length;
  return {
    off_plan: Math.max(...of('off_plan')),
    first_out: Math.min(...of('first_out')),
    billed: mean('billed'),
    most_billed: Math.max(...of('most_billed')),
    unbilled: Math.max(...of('unbilled')),
    charges: mean('charges'),
    price: mean('price'),
  };
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
