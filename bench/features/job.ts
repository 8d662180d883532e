import { setTimeout as sleep } from 'node:timers/promises';
import { startFeatures } from '../../streams/features/job.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import type { Embedded } from '../embedded.ts';
import { cpuOf } from './cpu.ts';
import { fillEvents } from './fill.ts';

export interface FeatureFigures {
  events: number;
  events_per_cpu_second: number;
  /** kafkajs and JSON.parse alone, over the same events. */
  consume_and_parse_per_cpu_second: number;
  over_consume_and_parse: number;
}

const USERS = 20_000;
const ITEMS = 5_000;

/** First things first: what the one writes, the other reads. */
const GROUPS = [
  ['temper.features.users', 'shop.events'],
  ['temper.features.items', 'features.item.log'],
] as const;

/** CPU of this process while the feature job works off a log of events: users, re-key and items, with their changelogs. */
export async function benchFeatures({ bus, context }: Embedded, events: number): Promise<FeatureFigures> {
  await fillEvents(bus, { events, users: USERS, items: ITEMS });
  const parsing = await cpuOf(() => consumeAndParse(bus, events));

  const job = context('features');
  const working = await cpuOf(async () => {
    const running = await startFeatures(job);
    for (const [group, topic] of GROUPS) while (!(await isRead(bus, group, topic))) await sleep(1_000);
    await running.stop();
  });
  return {
    events,
    events_per_cpu_second: Math.round(events / working),
    consume_and_parse_per_cpu_second: Math.round(events / parsing),
    over_consume_and_parse: Math.round((parsing / working) * 1_000) / 1_000,
  };
}

/** Whether the group has committed the topic's end. */
export async function isRead(bus: Bus, group: string, topic: string): Promise<boolean> {
  const committed = await bus.committed(group, topic);
  return [...(await bus.bounds(topic))].every(([partition, { high }]) => (committed.get(partition) ?? 0) === high);
}

async function consumeAndParse(bus: Bus, events: number): Promise<void> {
  let seen = 0;
  await bus.follow({
    topics: ['shop.events'],
    once: true,
    apply: (_topic, _partition, { value }) => {
      JSON.parse(value!.toString('utf8'));
      seen++;
    },
  });
  if (seen !== events) throw new Error(`read ${seen} of ${events} events`);
}
