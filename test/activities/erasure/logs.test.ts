import { describe, expect, it } from 'vitest';
import { markAgain } from '../../../activities/erasure/logs.ts';
import type { UserLogs } from '../../../activities/ports.ts';
import { MemoryStore } from '../memory-ports.ts';

const store = new MemoryStore({ erasures_open: [{ user: 'anna' }, { user: 'k1.hash' }] });
const MARKING = { erasure: 'e'.repeat(32), at_ms: 100 };
const waiting = { heartbeat: () => {}, cancellationSignal: new AbortController().signal };

/** A user with two names, of whom the jobs know one. */
function logs(said: string[]): UserLogs {
  const no = async () => {
    throw new Error('not asked for');
  };
  let left = 1;
  return {
    ...{ stages: 4, ends: no, scan: no, cut: no },
    mark: async user => {
      said.push(`mark ${user}`);
      return user === 'anna' ? undefined : { recorded_ms: 150, end: ['shop.events/1', 8] };
    },
    snapshotEnds: async user => [[`features.user.snapshots/${user.length}`, 300]],
    behind: async (ends, only) => {
      said.push(`${only ?? 'all'}: ${ends.join(' ')}`);
      return left-- > 0 ? ['temper.features.users'] : [];
    },
  };
}

describe('telling the jobs again', () => {
  it('ends when the states have forgotten the user and their archive has what was on its way', async () => {
    const said: string[] = [];
    expect(await markAgain({ store, userLogs: logs(said) }, MARKING, waiting)).toBe(150); // by the broker's clock
    expect(said).toEqual([
      ...['mark anna', 'mark k1.hash'],
      ...['features: shop.events/1,8', 'features: shop.events/1,8'],
      'all: features.user.snapshots/4,300 features.user.snapshots/7,300',
    ]);
  });
});
