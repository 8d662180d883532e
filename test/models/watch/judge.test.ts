import { describe, expect, it } from 'vitest';
import type { Signal } from '../../../models/watch/decide.ts';
import { judgeLook, type Past, windowsOf } from '../../../models/watch/judge.ts';
import type { Figures, Service, Watched } from '../../../models/watch/reading.ts';
import { DEFAULT_WATCH, SignalName, WatchPolicy } from '../../../schemas/policies/watch-policy.ts';
import { predictions, Shop } from '../../sim/watched.ts';

const HOUR_MS = 3_600_000;
const EVERY_MS = 900_000;
const PROMOTED_MS = 1_700_000_000_000;
const WATCHED: Watched = {
  ...{ model: 'home-2', former: 'home-1', promoted_ms: PROMOTED_MS, isPromoted: true, isTrained: true },
};
const HEALTHY: Service = {
  ...{ lists: 400, fallback: 1, empty: 0, values: 9_000, odd: 0, overdue_ms: 0 },
  defaults: { now: 0.3, before: 0.29, most: 'user.clicks.1d' },
};
const NONE: Past = { signals: [], looked_ms: null, retrained: [] };

function figures(more: Partial<Figures> = {}): Figures {
  const none = {
    spreads: null,
    scores: null,
    calibration: null,
    ads: null,
    factor: null,
    traffic: null,
    succession: null,
  };
  return { at_ms: PROMOTED_MS + 50 * HOUR_MS, ...none, service: HEALTHY, ...more };
}

const look = (seen: Figures, past = NONE, { watched = WATCHED, policy = DEFAULT_WATCH } = {}) => {
  const { epoch } = windowsOf(watched, seen.at_ms, policy);
  return judgeLook(watched, seen, past, { policy, epoch, every_ms: EVERY_MS });
};
const signalOf = (signals: readonly Signal[], name: SignalName) => signals.find(({ signal }) => signal === name)!;
const then = (signals: readonly Signal[], looked_ms: number): Past => ({ ...NONE, signals, looked_ms });

describe('the windows of a champion', () => {
  const at = (hours: number, watched = WATCHED) => windowsOf(watched, PROMOTED_MS + hours * HOUR_MS, DEFAULT_WATCH);

  it('are complete on its third day; until then its succession is looked at, for a day', () => {
    expect(at(10)).toMatchObject({ isReferenceOver: false, recent: null, epoch: null, succession: expect.anything() });
    expect(at(30)).toMatchObject({ isReferenceOver: true, recent: null, epoch: { number: 1 }, succession: null });
    expect(at(49).recent).toEqual({ from_ms: PROMOTED_MS + 25 * HOUR_MS, until_ms: PROMOTED_MS + 49 * HOUR_MS });
    expect(at(49).epoch).toMatchObject({ number: 2, since_ms: PROMOTED_MS + 48 * HOUR_MS });
  });

  it('have no succession where it came by a rollback, or as the first', () => {
    expect(at(10, { ...WATCHED, isPromoted: false }).succession).toBeNull();
    expect(at(10, { ...WATCHED, former: null }).succession).toBeNull();
    expect(at(-1).succession).toBeNull(); // outcomes of its first lists are not known yet
  });
});

describe('a look', () => {
  it('says of each signal how it stands, and nothing follows from what is not known', () => {
    const { signals, act } = look(figures());
    expect(act).toBe('none');
    expect(signals.map(({ signal }) => signal)).toEqual(SignalName.options);
    for (const name of ['drift', 'scores', 'calibration', 'clicks', 'behind', 'fall', 'ads'] as const)
      expect(signalOf(signals, name)).toMatchObject({ says: 'unknown', state: 'off' });
    for (const name of ['failures', 'features', 'outcomes'] as const)
      expect(signalOf(signals, name)).toMatchObject({ says: 'good' });
    const policy = WatchPolicy.parse({ drift: { act: 'off' } });
    expect(look(figures(), NONE, { policy }).signals.some(({ signal }) => signal === 'drift')).toBe(false);
  });

  it('asks nothing of popularity that only what was trained can lose', () => {
    const calibration = {
      before: predictions({ seed: 1, users: 90, lists: 400 }),
      after: predictions({ seed: 2, users: 90, lists: 400 }),
    };
    const asked = (isTrained: boolean) =>
      signalOf(look(figures({ calibration }), NONE, { watched: { ...WATCHED, isTrained } }).signals, 'calibration')
        .says;
    expect(asked(true)).toBe('good');
    expect(asked(false)).toBe('unknown');
  });

  it.each([
    ['failures', { fallback: 60 }, /60 fell back/, 'alert'],
    ['features', { odd: 3 }, /3 of 9000 values are no numbers/, 'alert'],
    [
      'features',
      { defaults: { now: 0.6, before: 0.3, most: 'item.clicks.1d' } },
      /item.clicks.1d gained the most/,
      'alert',
    ],
    ['outcomes', { overdue_ms: 900_000 }, /15.0 minutes overdue/, 'alert'],
  ] as const)('finds %s that last for two looks: %o', (name, service, reason, act) => {
    const broken = figures({ service: { ...HEALTHY, ...service } });
    const first = look(broken);
    expect(first.act).toBe('none');
    expect(signalOf(first.signals, name)).toMatchObject({ state: 'rising', reason: expect.stringMatching(reason) });
    const second = look({ ...broken, at_ms: broken.at_ms + EVERY_MS - 20 }, then(first.signals, broken.at_ms));
    expect(second).toMatchObject({ act, reason: expect.stringMatching(reason) });
    const young = { ...WATCHED, promoted_ms: broken.at_ms - HOUR_MS };
    const early = look({ ...broken, at_ms: broken.at_ms + EVERY_MS }, then(first.signals, broken.at_ms), {
      watched: young,
    });
    expect(early.act).toBe(name === 'failures' ? 'rollback' : 'alert');
  });

  it('takes a champion back that brings half of what the former one did, and not one that brings as much', () => {
    const acts = [1.5, 0.75].map(lift => {
      const shop = new Shop(4, 800);
      shop.serve(20_000);
      shop.turn();
      let past = NONE;
      for (let n = 1; n <= 20; n++) {
        shop.serve(500, { lift });
        const at_ms = PROMOTED_MS + n * HOUR_MS;
        const seen = look(figures({ at_ms, succession: shop.traffic }), past);
        if (seen.act !== 'none') return { act: seen.act, n };
        const known = signalOf(seen.signals, 'fall').sequence;
        const kept = past.signals.length > 0 ? signalOf(past.signals, 'fall').sequence : null;
        if (kept) expect(known!.scale).toBe(kept.scale);
        past = then(seen.signals, at_ms);
      }
      return { act: 'none', n: 20 };
    });
    expect(acts[0]).toEqual({ act: 'none', n: 20 });
    expect(acts[1]!.act).toBe('rollback');
    expect(acts[1]!.n).toBeLessThan(15);
  });
});
