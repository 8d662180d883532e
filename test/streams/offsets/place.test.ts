import { describe, expect, it } from 'vitest';
import { nextLog, shiftOf } from '../../../streams/kafka/topics/logs.ts';
import { isLost, placeOf, type Seen } from '../../../streams/offsets/place.ts';

const known = { t: { id: 'a', generation: 0 } };
const seen: Seen = { known, id: 'a', low: 10, high: 20, committed: undefined, own: undefined };
const place = (more: Partial<Seen>) => placeOf('t', { ...seen, ...more });

describe('where a reader stands', () => {
  it('is in its log, from its first record to behind its last', () => {
    for (const committed of [10, 15, 20]) expect(place({ committed })).toEqual({ state: 'reads', at: committed });
    expect(place({})).toEqual({ state: 'has not begun', at: undefined });
  });

  it('is lost where the log begins later, or ends before', () => {
    expect(place({ committed: 9 })).toEqual({ state: 'expired', at: 9 });
    expect(place({ committed: 21 })).toEqual({ state: 'cut off', at: 21 });
    expect(place({ committed: -2 })).toEqual({ state: 'expired', at: undefined });
  });

  it('is lost where the topic is another, wherever the offset is', () => {
    for (const committed of [5, 15, 25]) expect(place({ committed, id: 'b' }).state).toBe('made anew');
    expect(place({ id: 'b' })).toEqual({ state: 'made anew', at: undefined }); // Kafka forgets what was committed
  });

  it('is taken to be in another log where it is behind the end and nobody tells', () => {
    expect(place({ committed: 25, id: undefined }).state).toBe('made anew');
    expect(place({ committed: 25, known: {} }).state).toBe('made anew');
    expect(place({ committed: 15, id: undefined }).state).toBe('reads');
  });

  it('is where the job says, before its group; in the offsets that the job hears', () => {
    expect(place({ own: 12, committed: 18 })).toEqual({ state: 'reads', at: 12 });
    const later = nextLog(known, 't', 'b', 1);
    const own = 12 + shiftOf(later, 't');
    expect(place({ own, known: later, id: 'b' })).toEqual({ state: 'reads', at: 12 });
    expect(place({ own: 12, known: later, id: 'b' })).toEqual({ state: 'expired', at: undefined }); // of the log before
  });

  it('is told apart from what goes on by itself', () => {
    expect(
      ['reads', 'has not begun', 'expired', 'made anew', 'cut off'].map(state => isLost({ state, at: 0 } as never)),
    ).toEqual([false, false, true, true, true]);
  });
});
