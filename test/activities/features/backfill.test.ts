import { expect, it } from 'vitest';
import { compareStates } from '../../../activities/features/backfill.ts';
import type { Ports } from '../../../activities/ports.ts';
import type { BackfillPart } from '../../../schemas/backfills.ts';
import type { Store } from '../../../schemas/clickhouse.ts';
import { Backfills } from '../../../streams/features/backfill/backfills.ts';
import type { Bus, FollowOptions, Outbox } from '../../../streams/kafka/bus.ts';

const POSITION = { until: [], users: [0], items: [0], imports: [], generation: 1 };
const PART: BackfillPart = { run: 'r', entity: 'item', partition: 0, position: POSITION };

/** More snapshots than anybody waits for, behind each batch of which it rests as the real one does. */
const bus = {
  bounds: async () => new Map([[0, { low: 0, high: 1e6 }]]),
  async follow({ topics, rest }: FollowOptions) {
    for (let batch = 0; topics[0] !== 'job.metrics' && batch < 1e6; batch++) await rest!(20);
    return { failed: new Promise<never>(() => {}), stop: async () => {} };
  },
} as Partial<Bus> as Bus;

it('a comparison that is cancelled while it rests stops there', async () => {
  const context = { bus, store: {} as Store, outbox: {} as Outbox, directory: '/nowhere', partitions: 1 };
  const ports = { backfills: new Backfills(context) } as Partial<Ports> as Ports;
  const asked = new AbortController();
  const comparing = compareStates(ports, { part: PART, features: [] }, { cancellationSignal: asked.signal });
  asked.abort(new Error('cancelled by somebody'));
  await expect(comparing).rejects.toThrow('cancelled by somebody');
});
