import { describe, expect, it } from 'vitest';
import { decide, type Signal, whenLearnable } from '../../../models/watch/decide.ts';
import type { Reading, Watched } from '../../../models/watch/reading.ts';
import { nextStand, type Stand } from '../../../models/watch/states.ts';
import { DEFAULT_WATCH, type SignalName, WatchPolicy } from '../../../schemas/policies/watch-policy.ts';
import fc from '../../properties.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const TIMES = { every_ms: 15 * MINUTE_MS, sustained_ms: 2 * HOUR_MS };

/** How a signal stands after looks that follow each other. */
function after(says: readonly Reading['says'][], { every_ms, sustained_ms } = TIMES): Stand[] {
  const stands: Stand[] = [];
  for (const [n, said] of says.entries()) {
    const last = stands.at(-1);
    const former = last && { ...last, looked_ms: (n - 1) * every_ms };
    stands.push(nextStand(former, said, { at_ms: n * every_ms, every_ms, sustained_ms }));
  }
  return stands;
}

const times = (count: number, says: Reading['says']) => Array.from({ length: count }, () => says);

describe('a signal', () => {
  it('comes on where it was bad for its time, and not a look earlier', () => {
    const states = after(times(10, 'bad')).map(({ state }) => state);
    expect(states).toEqual([...times(8, 'bad').map(() => 'rising'), 'on', 'on']);
    expect(after(['bad'], { ...TIMES, sustained_ms: 0 })[0]).toMatchObject({ state: 'on' });
  });

  it('begins anew where it was good in between, and where nobody has looked for long', () => {
    expect(after([...times(7, 'bad'), 'good', ...times(8, 'bad')]).at(-1)).toMatchObject({ state: 'rising' });
    const gap = { state: 'rising' as const, since_ms: 0, looked_ms: 0 };
    const late = { at_ms: 10 * HOUR_MS, ...TIMES };
    expect(nextStand(gap, 'bad', late)).toEqual({ state: 'rising', since_ms: 10 * HOUR_MS });
  });

  it('goes off where it is well within its limit, and not where it swings about it or is not known', () => {
    const on = times(9, 'bad');
    expect(after([...on, 'between', 'bad', 'unknown', 'between']).at(-1)).toMatchObject({ state: 'on' });
    expect(after([...on, 'good']).at(-1)).toMatchObject({ state: 'off' });
  });

  it('is never on without having been bad at every look of its time', () => {
    const says = fc.constantFrom<Reading['says']>('bad', 'between', 'good', 'unknown');
    fc.assert(
      fc.property(fc.array(says, { maxLength: 60 }), said => {
        for (const [n, { state }] of after(said).entries()) {
          if (state !== 'on' || after(said)[n - 1]?.state === 'on') continue;
          expect(said[n]).toBe('bad');
          expect(n).toBeGreaterThanOrEqual(8);
          expect(said.slice(n - 8, n).every(each => each === 'bad' || each === 'between')).toBe(true);
        }
      }),
    );
  });
});

describe('what follows', () => {
  const AT_MS = 100 * HOUR_MS;
  const watched: Watched = {
    ...{ model: 'home-2', former: 'home-1', promoted_ms: AT_MS - 5 * HOUR_MS, isPromoted: true, isTrained: true },
  };
  const on = (signal: SignalName, more: Partial<Signal> = {}): Signal => ({
    ...{ signal, state: 'on', since_ms: AT_MS, says: 'bad', value: 1, low: null, high: null, limit: 0.5 },
    ...{ reason: `${signal} is bad`, sequence: null, isAlone: false, ...more },
  });
  const follows = (
    signals: Signal[],
    more: { watched?: Partial<Watched>; retrained?: number[]; policy?: WatchPolicy } = {},
  ) =>
    decide(signals, more.policy ?? DEFAULT_WATCH, {
      watched: { ...watched, ...more.watched },
      at_ms: AT_MS,
      retrained: more.retrained ?? [],
      sustained_ms: signal => (signal === 'drift' ? 2 * HOUR_MS : 0),
    });

  it('is nothing while nothing is on', () => {
    expect(follows([on('drift', { state: 'rising' }), on('fall', { state: 'off' })])).toEqual({
      act: 'none',
      reason: '',
    });
  });

  it('is a retraining on drift, and a rollback on a fall right after a promotion, with the reason', () => {
    expect(follows([on('drift')])).toMatchObject({ act: 'retrain', reason: 'drift: drift is bad' });
    expect(follows([on('drift'), on('fall')])).toEqual({ act: 'rollback', reason: 'fall: fall is bad' });
    expect(follows([on('outcomes')])).toMatchObject({ act: 'alert' });
  });

  it('is no rollback without a former champion, after a rollback, or long after the promotion', () => {
    for (const more of [{ former: null }, { isPromoted: false }, { promoted_ms: AT_MS - 25 * HOUR_MS }]) {
      expect(follows([on('failures')], { watched: more }).act).toBe('alert');
      expect(follows([on('failures'), on('clicks')], { watched: more }).act).toBe('retrain');
    }
    expect(follows([on('failures')], { watched: { former: null } }).reason).toContain('nobody served before');
  });

  it('is what the policy says', () => {
    const policy = WatchPolicy.parse({ drift: { act: 'alert' }, clicks: { act: 'rollback' }, fall: { act: 'off' } });
    expect(follows([on('drift')], { policy }).act).toBe('alert');
    expect(follows([on('clicks')], { policy }).act).toBe('rollback');
    expect(follows([on('fall')], { policy }).act).toBe('none');
    expect(() => WatchPolicy.parse({ drift: { psy: 0.1 } })).toThrow();
  });

  it('is told alone where no control stands beside the click rate', () => {
    const alone = follows([on('fall', { isAlone: true }), on('clicks', { isAlone: true })]);
    expect(alone).toMatchObject({ act: 'alert', reason: expect.stringContaining('no control stands beside') });
  });

  it('does not retrain in a loop: the wait doubles with each retraining of a week', () => {
    const began: number[] = [];
    for (let at_ms = 0; at_ms < 7 * 24 * HOUR_MS; at_ms += 15 * MINUTE_MS) {
      const { act } = decide([on('drift')], DEFAULT_WATCH, { watched, at_ms, retrained: began, sustained_ms: () => 0 });
      if (act === 'retrain') began.push(at_ms);
    }
    expect(began.map(at_ms => at_ms / HOUR_MS)).toEqual([0, 6, 18, 42, 90]);
    expect(follows([on('drift')], { retrained: [AT_MS - HOUR_MS] }).reason).toMatch(/no retraining begins before .*Z/);
  });

  it('is about what has been bad the longest: of a signal that had to last, since before it came on', () => {
    const since = [on('drift', { since_ms: AT_MS - HOUR_MS }), on('clicks', { since_ms: AT_MS - 2 * HOUR_MS })];
    expect(follows(since).change).toEqual({ on_ms: AT_MS - 2 * HOUR_MS, began_ms: AT_MS - 3 * HOUR_MS });
    expect(follows([on('failures')]).change).toBeUndefined();
  });

  it('waits until there is enough to learn of how things are now, and not for ever', () => {
    const policy = WatchPolicy.parse({ retrain: { lists: 1_000, wait_hours: 3 } });
    const deed = follows([on('drift', { since_ms: AT_MS - HOUR_MS })], { policy });
    const learnable = (lists: number, at_ms = AT_MS, retrained: number[] = [], what = deed) =>
      whenLearnable(what, { lists, at_ms, retrained }, policy);
    expect(learnable(1_000)).toBe(deed);
    const early = learnable(999);
    expect(early).toMatchObject({
      act: 'alert',
      reason: expect.stringMatching(/waits for 1000 lists since .*Z, of which 999/),
    });
    expect(early.change).toBeUndefined();
    expect(learnable(999, AT_MS + 2 * HOUR_MS)).toBe(deed);
    const alert = follows([on('outcomes')], { policy });
    expect(learnable(0, AT_MS, [], alert)).toBe(alert);

    // What a retraining of before could not mend, one with hardly more to learn from will not mend either.
    const [before, since] = [AT_MS - 1.5 * HOUR_MS, AT_MS - HOUR_MS / 2];
    expect(learnable(1_000, AT_MS, [before])).toBe(deed);
    expect(learnable(1_999, AT_MS, [before, since])).toMatchObject({ reason: expect.stringMatching(/for 2000 lists/) });
    expect(learnable(2_000, AT_MS, [before, since])).toBe(deed);
    expect(learnable(1_999, since + 3 * HOUR_MS, [before, since])).toBe(deed);
  });
});
