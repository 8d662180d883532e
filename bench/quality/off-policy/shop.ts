import type { ListLog } from '../../../models/evaluate/off-policy/lists.ts';
import { random } from '../../../models/random.ts';
import { history } from '../../../test/sim/history.ts';
import { appeal, createWorld } from '../../../test/sim/world.ts';

/** Lists of the simulated shop in random order, with what its users would do with each item at any place. */
export interface SimulatedLog extends ListLog {
  users: number;
  /** P(click) of each row, had it stood at the top. */
  appeal: Float64Array;
}

/** The propensity of an item at a place: any number below 1 says that it is not pinned. */
const PROPENSITY = 0.01;

export function simulatedLog({ seed, users, lists }: { seed: number; users: number; lists: number }): SimulatedLog {
  const world = createWorld({ seed, users });
  const people = new Map(world.users.map((user, number) => [user.user, { user, number }]));
  const items = new Map(world.items.map(({ item }, number) => [item, number]));
  const rows: { list: number; position: number; item: number; user: number; clicked: boolean; appeal: number }[] = [];
  let number = 0;
  for (const { list, events } of history(world, { seed, lists, browsing: 1 })) {
    const positions = (type: string) =>
      new Set(events.flatMap(event => (event.type === type && 'position' in event ? [event.position!] : [])));
    const [seen, clicked] = [positions('impression'), positions('click')];
    const { user, number: who } = people.get(list.user)!;
    for (const { item, position } of list.items) {
      if (!seen.has(position)) continue;
      const likes = appeal(user, world.item(item)!);
      const of = { list: number, position, item: items.get(item)!, user: who };
      rows.push({ ...of, clicked: clicked.has(position), appeal: likes });
    }
    number++;
  }
  return {
    rows: rows.length,
    users,
    list: Int32Array.from(rows, ({ list }) => list),
    position: Float32Array.from(rows, ({ position }) => position),
    item: Int32Array.from(rows, ({ item }) => item),
    user: Int32Array.from(rows, ({ user }) => user),
    clicked: Uint8Array.from(rows, ({ clicked }) => Number(clicked)),
    explored: new Uint8Array(rows.length).fill(1),
    propensity: new Float32Array(rows.length).fill(PROPENSITY),
    appeal: Float64Array.from(rows, ({ appeal: likes }) => likes),
  };
}

/** Scores of somebody who knows what users like, but for noise of so many standard deviations of the logarithm. */
export function noisyScores({ appeal: likes }: SimulatedLog, noise: number, seed: number): Float32Array {
  const { normal } = random(seed);
  const logs = likes.map(each => Math.log(Math.max(each, 1e-9)));
  const mean = logs.reduce((sum, each) => sum + each, 0) / logs.length;
  const deviation = Math.sqrt(logs.reduce((sum, each) => sum + (each - mean) ** 2, 0) / logs.length);
  return Float32Array.from(logs, each => each + noise * deviation * normal());
}
