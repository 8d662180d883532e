import { beforeAll, describe, expect, it } from 'vitest';
import { type CampaignDay, DAY_MS, type DayOptions, runDay } from '../../../../bench/quality/ads/day.ts';

const REQUESTS = 4_000;
const HOUR_MS = 3_600_000;

/** Budgets of a quarter of what would be spent without. */
let budgets: number[];
let paced: CampaignDay[];
const run = (more: Partial<DayOptions> = {}) =>
  runDay({ seed: 3, requests: REQUESTS, budgets: n => budgets[n]!, ...more });
const billed = ({ spend }: CampaignDay) => spend?.billed_micros ?? 0;
const charges = (days: readonly CampaignDay[]) => days.reduce((sum, { spend }) => sum + (spend?.billed ?? 0), 0);

beforeAll(() => {
  const free = runDay({ seed: 3, requests: REQUESTS, budgets: () => 1e12 });
  budgets = free.map(day => Math.max(500_000, Math.round(billed(day) / 4)));
  paced = run();
}, 120_000);

describe('a day of ads in the simulated shop', () => {
  it('spends budgets evenly over the traffic, and buys more clicks than whole bids do', () => {
    for (const { ahead } of paced) for (const share of ahead) expect(share).toBeLessThan(0.12); // of some hundred clicks
    const whole = run({ paced: false });
    expect(Math.max(...whole.flatMap(({ ahead }) => ahead))).toBeGreaterThan(0.4);
    expect(Math.min(...whole.map(({ lasted }) => lasted))).toBeLessThan(0.5);
    expect(charges(paced)).toBeGreaterThan(1.2 * charges(whole));
  }, 120_000);

  it('charges no campaign more than its budget, also where billing is killed for the evening, and gives hardly anything away', () => {
    const killed = run({ kill: { from_ms: DAY_MS + 18 * HOUR_MS, until_ms: DAY_MS + 23 * HOUR_MS } });
    for (const day of [...paced, ...killed]) expect(billed(day)).toBeLessThanOrEqual(day.campaign.daily_micros);
    const given = killed.reduce((sum, { spend }) => sum + (spend?.unbilled_micros ?? 0), 0);
    expect(given).toBeLessThan(0.02 * budgets.reduce((sum, each) => sum + each, 0)); // of ten minutes in which nobody knew
    expect(charges(killed)).toBeLessThan(0.8 * charges(paced)); // then nothing was sold
    expect(killed.every((day, n) => billed(day) === budgets[n] || day.spend?.unbilled === 0)).toBe(true);
  }, 120_000);
});
