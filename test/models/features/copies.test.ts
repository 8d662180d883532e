import { expect, it } from 'vitest';
import { LIMITS } from '../../../schemas/limits.ts';
import fc from '../../properties.ts';
import { States } from '../../sim/states.ts';
import { copiesBehind, someEvents, withFlood } from './events.ts';

it('copies of what a state remembers change nothing, also behind a flood that it remembers only in part', () => {
  const drawn = fc.tuple(fc.oneof(someEvents, withFlood), fc.array(fc.nat(), { maxLength: 10 }));
  const flood = fc.sample(withFlood, { seed: 1, numRuns: 200 }).find(events => {
    return events.filter(({ user }) => user === events[0]!.user).length > LIMITS.seen_events_per_user;
  })!;
  fc.assert(
    fc.property(drawn, ([events, draws]) => {
      const states = new States();
      for (const event of events) states.take(event);
      const before = structuredClone([...states.users, ...states.items]);
      for (const copy of copiesBehind(events, draws)) states.take(copy);
      expect([...states.users, ...states.items]).toEqual(before);
    }),
    { numRuns: 50, examples: [[[flood, [0, 1, flood.length]]]] },
  );
});
