import { describe, expect, it } from 'vitest';
import { CO_OCCURRENCE, rules } from '../../../../models/controls/rules.ts';
import { random } from '../../../../models/random.ts';
import { LiveRules, type Taken } from '../../../../models/retrieval/live/rules.ts';

const ITEMS = 20;
const { below } = random(11);
/** What ten users took one after the other, none the same item twice in reach. */
const sequences = Array.from({ length: 10 }, () =>
  Int32Array.from({ length: 12 }, (_, n) => 5 * below(ITEMS / 5) + (n % 5)).filter(
    (item, at, all) => all.indexOf(item) === at,
  ),
);
const taken = (user: number, sequence: Int32Array): Taken[] =>
  Array.from(sequence, (item, n) => ({ id: `u${user}/${n}`, item: `i${item}` })).reverse();

/** The order of what follows a history by the rules that are learned at once. */
function learnedAtOnce(history: readonly number[]): string[] {
  const scorer = rules(sequences, ITEMS, CO_OCCURRENCE);
  const row = new Float32Array(ITEMS);
  void scorer.score([Int32Array.from(history)], row);
  const found = [...row.keys()].filter(item => row[item]! > 0 && !history.includes(item));
  return found.sort((a, b) => row[b]! - row[a]!).map(item => `i${item}`);
}

/** Scores that are tied may stand either way: compare what stands before the first tie. */
const HISTORIES = [[3], [7, 1], [0, 6, 12, 18]];

describe('rules that learn from what changes', () => {
  it('lead where the rules of whole sequences lead, whether events come one by one or all at once', () => {
    const [slow, fast] = [new LiveRules(), new LiveRules()];
    for (const [user, sequence] of sequences.entries()) {
      for (let n = 1; n <= sequence.length; n++) {
        slow.learn(taken(user, sequence.subarray(0, n - 1)), taken(user, sequence.subarray(0, n)));
      }
      fast.learn([], taken(user, sequence));
    }
    for (const history of HISTORIES) {
      const newestFirst = history.toReversed().map(item => `i${item}`);
      const wanted = learnedAtOnce(history);
      expect(wanted.length).toBeGreaterThan(3);
      expect(new Set(slow.following(newestFirst, ITEMS))).toEqual(new Set(wanted));
      expect(slow.following(newestFirst, 1)).toEqual(wanted.slice(0, 1));
      expect(fast.following(newestFirst, ITEMS)).toEqual(slow.following(newestFirst, ITEMS));
    }
  });

  it('count no pair twice: neither of a record that is read again, nor of events that leave', () => {
    const [once, twice] = [new LiveRules(), new LiveRules()];
    const events = ['a', 'b', 'c', 'b', 'a', 'd'].map((item, n) => ({ id: `e${n}`, item })).reverse();
    once.learn([], events);
    twice.learn([], events);
    twice.learn(events, events);
    twice.learn(events, events.slice(0, 3));
    for (const item of ['a', 'b', 'c', 'd']) expect(twice.following([item], 9)).toEqual(once.following([item], 9));
    twice.learn(
      [],
      [
        { id: 'x', item: 'd' },
        { id: 'y', item: 'a' },
      ],
    );
    twice.learn(
      [],
      [
        { id: 'z', item: 'd' },
        { id: 'w', item: 'a' },
      ],
    );
    expect(twice.following(['a'], 1)).toEqual(['d']);
  });

  it('keep the strongest where an item leads to many', () => {
    const live = new LiveRules();
    for (let n = 0; n < 500; n++) {
      const strong = `strong${n % 20}`;
      for (const item of [strong, `once${n}`])
        live.learn(
          [],
          [
            { id: `${n}${item}`, item },
            { id: `${n}/${item}`, item: 'from' },
          ],
        );
    }
    expect(live.following(['from'], 20).every(item => item.startsWith('strong'))).toBe(true);
    expect(live.following(['from'], 1_000).length).toBeLessThanOrEqual(96);
  });

  it('know nothing of what nobody took, nor of what left', () => {
    const live = new LiveRules();
    live.learn(
      [],
      [
        { id: '1', item: 'a' },
        { id: '0', item: 'b' },
      ],
    );
    expect(live.following(['c'], 5)).toEqual([]);
    expect(live.following([], 5)).toEqual([]);
    live.delete('b');
    expect(live.following(['b'], 5)).toEqual([]);
  });
});
