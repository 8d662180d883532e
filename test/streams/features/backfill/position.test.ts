import { describe, expect, it } from 'vitest';
import { positionOf, type Standing } from '../../../../streams/features/backfill/position.ts';
import { bucketsWithout } from '../../../../streams/features/backfill/switch.ts';
import { BUCKETS, type SnapshotHead } from '../../../../streams/features/log/snapshot.ts';

const heads = (log: number, next: SnapshotHead['next'], generation = 0): SnapshotHead[] =>
  Array.from({ length: BUCKETS }, (_, bucket) => ({ bucket, log, generation, next }));
const told = (...to: number[]): Standing['last'] => to.map(to => ({ source: 0, to }));

const USERS: Standing[] = [
  { heads: heads(4, [[0, 90]]), last: told(100, 110, 95) }, // the last of them is of a process that woke up late
  { heads: [], last: told(7) },
];
const ITEMS = [
  {
    heads: heads(20, [
      [0, 100],
      [1, 5],
    ]),
  },
  { heads: [] },
];

describe('the position of a rebuild', () => {
  it('is what the users log has told last, and the log from where its snapshots need it', () => {
    expect(positionOf(USERS, ITEMS, new Map([[0, 110]]))).toEqual({
      until: [
        [0, 110],
        [1, 7],
      ],
      users: [4, 0],
      items: [20, 0],
      generation: 1,
    });
  });

  it('is waited for where not all events of before have been told, or the items know of more', () => {
    expect(positionOf(USERS, ITEMS, new Map([[0, 111]]))).toBeUndefined();
    expect(positionOf(USERS, [{ heads: heads(20, [[0, 111]]) }], new Map())).toBeUndefined();
  });

  it('is what snapshots have where the log says nothing; a record that calls for a restore tells of no event', () => {
    const last: Standing['last'] = [{ source: 0, to: 0, rebuilt: 1 }];
    const position = positionOf(
      [
        { heads: heads(4, [[0, 90]], 2), last },
        { heads: [], last },
      ],
      [],
      new Map(),
    );
    expect(position).toMatchObject({ until: [[0, 90]], generation: 3 });
  });
});

it('a bucket lacks where its last snapshot is of before, whatever came before that', () => {
  const written = [...heads(1, [[0, 9]]), ...heads(1, [[0, 5]], 1)];
  expect(bucketsWithout(1, written)).toEqual([]);
  expect(bucketsWithout(1, [...written, { bucket: 7, log: 1, generation: 0, next: [[0, 12]] }])).toEqual([7]);
  expect(bucketsWithout(1, written.slice(0, BUCKETS + 3))).toHaveLength(BUCKETS - 3);
});
