import { describe, expect, it } from 'vitest';
import { Followed } from '../../../../models/retrieval/live/followed.ts';
import { LIMITS } from '../../../../schemas/limits.ts';

const [ANNA, BEN, CEM, DORA] = [1, 2, 3, 4] as const;
const FRIENDS = new Set([ANNA, BEN, CEM]);

describe('what people who are followed took', () => {
  it('is told where enough of them did, those of the most and the newest first', () => {
    const followed = new Followed();
    for (const person of [ANNA, BEN, CEM, DORA]) followed.follow(person);
    for (const [n, person] of [ANNA, BEN, CEM].entries()) {
      followed.take(person, 'cup', 100 + n);
      followed.take(person, 'pot', 200 + n);
    }
    for (const person of [ANNA, BEN, DORA]) followed.take(person, 'secret', 300);
    expect(followed.takenBy(FRIENDS)).toEqual(['pot', 'cup']);
    expect(followed.takenBy(new Set([...FRIENDS, DORA]))).toEqual(['secret', 'pot', 'cup']);
    expect(followed.takenBy(FRIENDS, 2)).toEqual(['pot', 'cup', 'secret']);
    expect(followed.takenBy(new Set())).toEqual([]);
  });

  it('is of no more people than it may be, and never told of fewer than it may be told of', () => {
    const followed = new Followed();
    const known = LIMITS.followed_people - LIMITS.people_told + 1;
    for (let person = 0; person < known; person++) followed.follow(-person);
    const people = Array.from({ length: LIMITS.people_told }, (_, n) => n + 1);
    for (const person of people) {
      followed.follow(person); // there is no place for the last of them
      followed.take(person, 'cup', 1);
    }
    expect(followed.takenBy(new Set(people))).toEqual([]);
    expect(followed.takenBy(new Set(people), LIMITS.people_told - 1)).toEqual(['cup']);
  });

  it('counts a person once, and nothing of who is followed by nobody', () => {
    const followed = new Followed();
    followed.follow(ANNA);
    for (let at_ms = 0; at_ms < 5; at_ms++) followed.take(ANNA, 'cup', at_ms);
    followed.take(BEN, 'cup', 1);
    followed.take(CEM, 'cup', 1);
    expect(followed.takenBy(FRIENDS, 1)).toEqual(['cup']);
    expect(followed.takenBy(FRIENDS, 2)).toEqual([]);
  });

  it('is the newest twelve of each, in whatever order they come', () => {
    const [forth, back] = [new Followed(), new Followed()];
    const items = Array.from({ length: 20 }, (_, n) => ({ item: `i${n}`, at_ms: n }));
    for (const [followed, order] of [
      [forth, items],
      [back, items.toReversed()],
    ] as const) {
      followed.follow(ANNA);
      for (const { item, at_ms } of order) followed.take(ANNA, item, at_ms);
    }
    const newest = items
      .slice(8)
      .map(({ item }) => item)
      .toReversed();
    expect(forth.takenBy(FRIENDS, 1)).toEqual(newest);
    expect(back.takenBy(FRIENDS, 1)).toEqual(newest);
  });
});

it('what somebody took who was erased is told no more', () => {
  const followed = new Followed();
  followed.follow(ANNA);
  followed.take(ANNA, 'cup', 1);
  followed.forget(ANNA);
  expect(followed.takenBy(FRIENDS, 1)).toEqual([]);
  followed.take(ANNA, 'pot', 2);
  expect(followed.takenBy(FRIENDS, 1)).toEqual(['pot']);
});
