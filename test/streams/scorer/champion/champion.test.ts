import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TemperError } from '../../../../schemas/errors.ts';
import { createLog } from '../../../../schemas/log.ts';
import { Report } from '../../../../streams/report.ts';
import { Champion, type Ranker, type Served } from '../../../../streams/scorer/champion/champion.ts';
import { promotionOf } from '../scorer-room.ts';

const served = (model: string) => promotionOf(model, '0'.repeat(64));
const FORMER = ['first', 'second', 'third'].map(served);

/** A champion that is told at once of some who served before it. */
function begun(faults: Record<string, 'refused' | 'unreachable'>) {
  const asked: string[] = [];
  const load = async ({ model }: Served): Promise<Ranker> => {
    asked.push(model);
    if (faults[model] === 'refused') throw new TemperError('MODEL_REFUSED', { where: model });
    if (faults[model] === 'unreachable') throw new TemperError('UNREACHABLE', { where: model });
    const score = async ({ items }: { items: readonly string[] }) => new Float32Array(items.length);
    return { id: model, provider: 'cpu', score, release: async () => {} };
  };
  const champion = new Champion(load, new Report('scorer', 'test'), createLog('test', 'silent'));
  return { champion, asked, taken: champion.take(served('newest'), FORMER) };
}

describe('of those who served before a scorer began', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('only the newest is loaded', async () => {
    const { champion, asked, taken } = begun({});
    await taken;
    expect(champion.id).toBe('newest');
    expect(asked).toEqual(['newest']);
  });

  it('the last good one serves where the newest is refused, and none before it, whatever is refused later', async () => {
    const { champion, asked, taken } = begun({ newest: 'refused', third: 'refused', later: 'refused' });
    await taken;
    expect(champion.id).toBe('second');
    await champion.take(served('later'));
    expect(champion.id).toBe('second');
    expect(asked).toEqual(['newest', 'third', 'second', 'later']);
  });

  it('none is loaded while the registry does not answer for the newest; where that is refused then, the last good one is', async () => {
    const faults: Parameters<typeof begun>[0] = { newest: 'unreachable', third: 'refused' };
    const { champion, asked, taken } = begun(faults);
    await taken;
    expect(champion).toMatchObject({ id: undefined, isAwaited: true });
    expect(asked).toEqual(['newest']);
    faults.newest = 'refused';
    await vi.advanceTimersByTimeAsync(1_000);
    expect(champion).toMatchObject({ id: 'second', isAwaited: false });
    expect(asked).toEqual(['newest', 'newest', 'third', 'second']);
  });

  it('none is loaded where the scorer ends meanwhile', async () => {
    const { champion, asked } = begun({ newest: 'refused' });
    await champion.stop();
    expect(asked).toEqual(['newest']);
  });
});
