import type { User } from '../../../test/sim/world.ts';

/** Users as often as they come. */
export function visitorsOf(users: readonly User[], draws: { uniform(): number }): () => { user: User; number: number } {
  const all = users.reduce((sum, { activity }) => sum + activity, 0);
  return () => {
    let mark = draws.uniform() * all;
    const number = users.findIndex(({ activity }) => {
      mark -= activity;
      return mark < 0;
    });
    return { user: users[number]!, number };
  };
}
