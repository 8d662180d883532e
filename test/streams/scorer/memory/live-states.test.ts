import { expect, it } from 'vitest';
import type { ShopEvent } from '../../../../schemas/topics/events.ts';
import { LiveStates } from '../../../../streams/scorer/memory/live-states.ts';
import { Deltas } from '../../../sim/deltas.ts';

const now = async () => {};
const log = new Deltas();
const clicks = (n: number, users: string[]) =>
  log.of(
    users.map(
      (user): ShopEvent => ({
        v: 1,
        id: `${user}-${n}`,
        type: 'click',
        at_ms: n,
        user,
        session: 's',
        item: `i-${user}`,
      }),
    ),
  );

/** As a scorer has them that has just begun: nothing is unpacked. */
async function restored(records: ReturnType<typeof clicks>): Promise<LiveStates> {
  const states = new LiveStates(1);
  await states.restore(now);
  for (const [topic, { value }] of records) states.apply(topic, 0, value!);
  return states;
}

it('unpacks the items that are in use in those whose place it takes, and nothing else', async () => {
  const before = clicks(1, ['ann', 'ben', 'cem']);
  const serving = await restored(before);
  serving.settle();
  serving.users.get('ann');
  serving.items.get('i-cem');
  const next = await restored(before);

  await next.warm(serving, now);

  const atOnce: string[] = [];
  for (const [topic, { value }] of clicks(2, ['ann', 'ben', 'cem'])) {
    const memory = topic === 'features.user.log' ? next.users : next.items;
    memory.apply(0, value!, ({ key }) => atOnce.push(key)); // facts of what is packed wait
  }
  expect(atOnce).toEqual(['i-cem']);
});
