import { describe, expect, it } from 'vitest';
import { random } from '../../../models/random.ts';
import { SNAPSHOTS_PER_LOG } from '../../../streams/features/log/rotation.ts';
import { BUCKETS } from '../../../streams/features/log/snapshot.ts';
import { USER_TOYS } from './toy.ts';
import { expectRight, itemWriter, restored, userWriter, World } from './world.ts';

describe('the log of features', () => {
  it.each(Array.from({ length: 5 }, (_, seed) => seed))(
    'gives the same states whoever crashes, takes over, or wakes up late and writes on (seed %i)',
    async seed => {
      const draws = random(seed, 3);
      const { below } = draws;
      const world = new World(draws, 2_000);
      const writers: AsyncGenerator<void>[] = [];
      for (let step = 0; step < 900; step++) {
        if (writers.length < 5 || (writers.length < 100 && below(10) === 0)) {
          // Whoever had the partition is not told: it may go on at any time, or never.
          const partition = below(2);
          writers.push(below(2) === 0 ? userWriter(world, partition, draws) : itemWriter(world, partition, draws));
        }
        // The newest mostly, the older ones now and then.
        const n = below(10) === 0 ? below(writers.length) : writers.length - 1 - below(Math.min(4, writers.length));
        for (let burst = 1 + below(30); burst > 0; burst--) await writers[n]!.next();
        if (below(100) === 0)
          for (const snapshots of [...world.userSnapshots, ...world.itemSnapshots]) snapshots.compact();
        if (below(300) === 0) await expectRight(world, `seed ${seed}, step ${step}`);
      }
      await expectRight(world, `seed ${seed}, end`);
      for (const snapshots of [...world.userSnapshots, ...world.itemSnapshots])
        expect(snapshots.end).toBeGreaterThan(BUCKETS * SNAPSHOTS_PER_LOG);
      // Neither did one of them do it all, nor was there too little to do.
      expect(writers.length).toBeGreaterThan(60);
      for (const [source, log] of world.users.entries()) {
        const { replica } = await restored(USER_TOYS, log, world.userSnapshots[source]!);
        expect(replica.positions.of(source)).toBeGreaterThan(500);
      }
    },
  );
});
