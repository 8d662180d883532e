import type { Embedded } from '../embedded.ts';
import { cpuOfParsing } from '../kafka-clients/measure.ts';
import { fillEvents } from './fill.ts';
import { cpuOfProcess } from './measured.ts';

export interface FeatureFigures {
  events: number;
  events_per_cpu_second: number;
  /** kafkajs, as it is published, and JSON.parse alone, over the same events. */
  consume_and_parse_per_cpu_second: number;
  over_consume_and_parse: number;
}

const EVENTS = 'shop.events';
const USERS = 20_000;
const ITEMS = 5_000;

/**
 * CPU of a process that parses a log of events, and of one that works it off as the feature job does: users, re-key and
 * items, with their changelogs. A machine's memory is not equally fast at all times: one parses before, another behind.
 */
export async function benchFeatures({ bus, config }: Embedded, events: number): Promise<FeatureFigures> {
  await fillEvents(bus, { events, users: USERS, items: ITEMS });
  const bare = { topic: EVENTS, events, client: 'kafkajs' } as const;
  const before = await cpuOfParsing(config, bare);
  const [working] = await cpuOfProcess(config, ['features']);
  const parsing = (before + (await cpuOfParsing(config, bare))) / 2;
  return {
    events,
    events_per_cpu_second: Math.round(events / working),
    consume_and_parse_per_cpu_second: Math.round(events / parsing),
    over_consume_and_parse: Math.round((parsing / working) * 1_000) / 1_000,
  };
}
