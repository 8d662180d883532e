import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { COSTS, lineOf, SEEN } from '../../../bench/scale/costs.ts';
import { firstToGive, needsAt, RATES, SHOP, thousands, told } from '../../../bench/scale/needs.ts';

const of = (rate: number, part: string) => told(needsAt(rate).find(need => need.part === part)!);

describe('what a shop needs', () => {
  it('follows from what one of each part carries, half of which is asked of it', () => {
    const costs = { ...COSTS, features_events_per_second: 1_000, scorer_cpu_ms_per_list: 5 };
    const needs = new Map(needsAt(10_000, costs).map(need => [need.part, told(need)]));
    expect(needs.get('processes of `features`')).toBe('20');
    expect(needs.get('processes of `scorer`')).toBe('10'); // a list for ten events
    expect(firstToGive(costs)[0]).toEqual({ part: 'one process of the feature job', rate: 1_000 });
  });

  it('grows with the events, but users do not for ever', () => {
    expect(of(10 * RATES[0]!, 'processes of `scorer`')).toBe('9');
    expect(of(RATES[2]!, 'users of whom something is known')).toBe(thousands(SHOP.most_users));
  });

  it('is what the page on operations says', () => {
    const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
    for (const seen of Object.values(SEEN)) expect(page).toContain(lineOf(seen));
    for (const [n, { part }] of needsAt(RATES[0]!).entries()) {
      expect(page).toContain(`| ${part} | ${RATES.map(rate => told(needsAt(rate)[n]!)).join(' | ')} |`);
    }
    expect(page).toContain(`lists need some ${of(RATES[1]!, 'processes of `scorer`')} scorers`);
    expect(page).toContain(
      `${of(RATES[2]!, 'Kafka, requests, lists, examples').replace('/s', '')} of lists and examples a second`,
    );
    for (const { part, rate } of firstToGive()) expect(page).toContain(`| ${part} | ${thousands(rate)} events/s |`);
  });
});
