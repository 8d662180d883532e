import { describe, expect, it } from 'vitest';
import { compare, disagreement, isArchived, type RebuiltRow } from '../../../models/features/consistency.ts';
import { LIMITS } from '../../../schemas/limits.ts';

const NAMES = ['a', 'b'];
const AT = 1_700_000_000_000;

function row(more: Partial<RebuiltRow> = {}): RebuiltRow {
  const values = { logged: [1.5, 0.25], rebuilt: [1.5, 0.25] };
  return { list: 'l', candidate: 'i', asked_ms: AT, newest_ms: AT, changed: 0, ties: [], ...values, ...more };
}

describe('the comparison of what was served', () => {
  it('counts each value, and takes no offence at what rounding and float32 leave', () => {
    const { features, vectors, leftOut } = compare(NAMES, [
      row(),
      row({ logged: [1.50001, 0.25], rebuilt: [1.5, 0.24999] }),
      row({ logged: [Math.fround(14.123456), 0], rebuilt: [14.12346, 0] }),
    ]);
    expect({ vectors, leftOut }).toEqual({ vectors: 3, leftOut: {} });
    expect(features.map(({ compared, different, worst }) => [compared, different, worst])).toEqual([
      [3, 0, null],
      [3, 0, null],
    ]);
    expect(disagreement(features)).toBe(0);
  });

  it('leaves alone what nobody can make again, and keeps to the places of the rest', () => {
    const rows = [row({ logged: [7, 0.25], rebuilt: [null, 0.25] }), row({ logged: [7, 0.5], rebuilt: [null, 0.25] })];
    const { features } = compare(NAMES, rows, ['b']);
    expect(features).toMatchObject([{ feature: 'b', compared: 2, different: 1, greatest: 0.25 }]);
  });

  it('names the feature that is wrong, and where it was most so', () => {
    const { features } = compare(NAMES, [
      row({ list: 'l1', logged: [1.5, 0.251] }),
      row({ list: 'l2', candidate: 'j', logged: [1.5, 0.45] }),
      row({ list: 'l3', logged: [1.5, 0.2501] }),
    ]);
    expect(features[0]).toMatchObject({ different: 0, greatest: 0 });
    expect(features[1]).toMatchObject({ compared: 3, different: 3, worst: { list: 'l2', item: 'j', logged: 0.45 } });
    expect(features[1]!.greatest).toBeCloseTo(0.2, 9);
    expect(disagreement(features)).toBeCloseTo(0.5, 9);
  });

  it.each([
    ['logged', { logged: [null, 0.25] }],
    ['rebuilt', { rebuilt: [null, 0.25] }],
    ['missing', { logged: [] }],
  ])('a value that is no number agrees with nothing: %s', (_, more) => {
    expect(compare(NAMES, [row(more)]).features[0]).toMatchObject({ different: 1, greatest: Number.POSITIVE_INFINITY });
  });

  it('counts what it can not compare, by the reason', () => {
    const ahead = { newest_ms: AT + LIMITS.future_ms + 1, logged: [9, 9] };
    const { vectors, leftOut } = compare(NAMES, [row({ changed: 1, logged: [9, 9] }), row(ahead), row(ahead), row()]);
    expect(vectors).toBe(1);
    expect(leftOut).toEqual({ 'product changed': 1, 'list dated behind its events': 2 });
  });
});

it('leaves out what goes by the order of events that are of one moment, and nothing else', () => {
  const tied = row({ ties: ['pair.category'], logged: [9, 1.5], rebuilt: [1, 1.5] });
  const { features, vectors, leftOut } = compare(['pair.category', 'user.clicks.1d'], [tied, row()]);
  expect(features.map(({ compared, different }) => [compared, different])).toEqual([
    [1, 0],
    [2, 0],
  ]);
  expect({ vectors, leftOut }).toEqual({ vectors: 2, leftOut: { 'events of one moment': 1 } });
});

describe('a list is comparable once all that it was made from is archived', () => {
  const applied = { user: 10, items: { '0': [4, 10], '1': [5, 0] }, catalogue: [7, 0] };
  const standing = (events: [number, number][], catalogue: [number, number][]) => {
    return { events: new Map(events), catalogue: new Map(catalogue) };
  };
  it.each<[boolean, [number, number][], [number, number][]]>([
    [
      true,
      [
        [0, 5],
        [1, 10],
      ],
      [[0, 7]],
    ],
    [
      false,
      [
        [0, 4],
        [1, 10],
      ],
      [[0, 7]],
    ],
    [
      false,
      [
        [0, 5],
        [1, 9],
      ],
      [[0, 7]],
    ],
    [
      false,
      [
        [0, 5],
        [1, 10],
      ],
      [[0, 6]],
    ],
    [false, [[1, 10]], [[0, 7]]],
  ])('%s with events %j and products %j', (archived, events, catalogue) => {
    expect(isArchived(applied, 1, standing(events, catalogue))).toBe(archived);
  });
});
