import { expect, it } from 'vitest';
import { random } from '../../../../models/random.ts';
import { Lateness } from '../../../../streams/features/backfill/lateness.ts';
import { Report } from '../../../../streams/report.ts';

function record(job: 'scorer' | 'sinks', worst_ms?: number) {
  const empty = new Report(job, `${job}-1`).snapshot(1_700_000_000_000);
  const gauges = worst_ms === undefined ? {} : { list_worst_ms: worst_ms };
  const value = Buffer.from(JSON.stringify({ ...empty, gauges }));
  return { key: empty.process, value, offset: 0, timestamp_ms: 1_700_000_000_000 };
}

function heard(...worst_ms: readonly number[]): Lateness {
  const lateness = new Lateness();
  for (const each of worst_ms) lateness.take(record('scorer', each));
  return lateness;
}

const seconds = (count: number, worst_ms: number) => Array.from({ length: count }, () => worst_ms);

it('lists are late where for some seconds they take half as long again as usual', () => {
  const usual = seconds(30, 40);
  expect(heard(...usual).isLate()).toBe(false);
  expect(heard(...usual, 400, 42).isLate()).toBe(false); // one pause of a garbage collector
  expect(heard(...usual, ...seconds(5, 70)).isLate()).toBe(true);
  expect(heard(...usual, ...seconds(5, 70), ...seconds(5, 40)).isLate()).toBe(false);
});

it('a few milliseconds are noise, and of nothing that is known nothing is said', () => {
  expect(heard(...seconds(30, 3), ...seconds(5, 9)).isLate()).toBe(false);
  expect(heard(...seconds(5, 900)).isLate()).toBe(false);
  const lateness = heard(...seconds(30, 40));
  for (let n = 0; n < 10; n++) {
    lateness.take(record('sinks', 900));
    lateness.take(record('scorer'));
    lateness.take({ key: 'x', value: Buffer.from('{'), offset: 0, timestamp_ms: 0 });
  }
  expect(lateness.isLate()).toBe(false);
});

it('who has told nothing for a while says nothing of now', () => {
  const lateness = new Lateness();
  const now_ms = 1_000_000;
  for (const each of [...seconds(30, 40), ...seconds(5, 90)]) lateness.take(record('scorer', each), now_ms);
  expect([lateness.isLate(now_ms + 5_000), lateness.isLate(now_ms + 15_000)]).toEqual([true, false]);
});

it('what has become usual is not late for ever, and usual noise is not late', () => {
  expect(heard(...seconds(60, 40), ...seconds(240, 90)).isLate()).toBe(false);
  const { uniform } = random(7, 1);
  let late = 0;
  const lateness = new Lateness();
  for (let n = 0; n < 500; n++) {
    lateness.take(record('scorer', 60 - 20 * Math.log(1 - uniform()))); // the worst of a second has a long tail
    if (lateness.isLate()) late++;
  }
  expect(late).toBeLessThan(100); // a fifth of the time at the most, by chance
});

it('nobody asks where scorers tell for a while that nobody did, and not where they are silent', () => {
  const lateness = new Lateness(0);
  const isQuiet = (at_ms: number) => lateness.isQuiet(at_ms);
  expect(isQuiet(15_000)).toBe(false); // nobody has told anything
  lateness.take(record('sinks'), 15_000);
  expect(isQuiet(15_000)).toBe(false);
  lateness.take(record('scorer', 40), 16_000);
  lateness.take(record('scorer'), 20_000);
  expect(isQuiet(20_000)).toBe(false);
  lateness.take(record('scorer'), 27_000);
  expect([isQuiet(27_000), isQuiet(36_000), isQuiet(38_000)]).toEqual([true, true, false]);
  lateness.take(record('scorer', 40), 38_000);
  expect(isQuiet(38_000)).toBe(false);
});
