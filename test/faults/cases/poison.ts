import type { DeadLetter } from '../../../schemas/topics/operations.ts';
import type { Bus } from '../../../streams/kafka/bus.ts';
import type { Stack } from '../stack.ts';

/** So many records that no job takes, under keys of their own. */
export async function sendPoison(bus: Bus, prefix: string, records: number): Promise<void> {
  const outbox = await bus.outbox();
  const sends = Array.from({ length: records }, (_, n) =>
    outbox.publish('shop.events', { key: `${prefix}-poison${n}`, value: '{"v":1,' }),
  );
  await Promise.all(sends);
  await outbox.stop();
}

/** Dead letters whose keys begin so: positions that have one, and further copies on the topic. */
export async function deadLettersOf(
  { bus }: Stack,
  prefix: string,
): Promise<{ letters: number; copies: number; byKey: Map<string, DeadLetter> }> {
  const ids = new Set<string>();
  const byKey = new Map<string, DeadLetter>();
  let all = 0;
  await bus.follow({
    topics: ['dead.letters'],
    once: true,
    apply: (_topic, _partition, { value }) => {
      const letter = value && (JSON.parse(value.toString('utf8')) as DeadLetter);
      if (!letter?.key?.startsWith(`${prefix}-`)) return;
      all++;
      ids.add(letter.id);
      byKey.set(letter.key, letter);
    },
  });
  return { letters: ids.size, copies: all - ids.size, byKey };
}
