import { setTimeout as sleep } from 'node:timers/promises';
import { count } from '../../models/features/aggregates/declarations.ts';
import { compile } from '../../models/features/aggregates/reducer.ts';
import { EVENT_TYPES } from '../../schemas/events.ts';
import { entityOf } from '../../streams/features/log/entities.ts';
import { startUserFeatures } from '../../streams/features/users.ts';
import { JOBS } from '../../streams/graph.ts';
import type { Embedded } from '../embedded.ts';
import { cpuOf } from './cpu.ts';
import { fillEvents } from './fill.ts';
import { isRead } from './job.ts';
import { buildKafkaStreams } from './kafka-streams.ts';

export interface WindowFigures {
  query: string;
  /** Events a CPU-second. */
  ours: number;
  kafka_streams: number;
  ratio: number;
}

const USERS = 100_000;
const ITEMS = 20_000;

/** Ten minutes of tiles of one: the count of a minute is a tile, that of five minutes the sum of five. */
const COUNTS = compile('user', [
  {
    name: 'user.events.10m',
    of: 'user',
    describes: 'events of the last ten minutes',
    events: EVENT_TYPES,
    aggregate: count('10m', '1m'),
    default: 0,
  },
]);

/**
 * Events of each user counted in windows, in memory and with a changelog, by the feature job and by Kafka Streams: the
 * same events of one partition of the same broker, one after the other, each in a process with one thread of work.
 */
export async function benchWindows({ bus, config, context }: Embedded, events: number): Promise<WindowFigures[]> {
  await fillEvents(bus, { events, users: USERS, items: ITEMS });
  const peer = await buildKafkaStreams(config.cacheDir, config.kafka!.join(','));
  const job = context('features');
  const outbox = await bus.outbox({ allowed: JOBS.features.writes, linger_ms: 0 });
  const cpu_s = await cpuOf(async () => {
    const running = await startUserFeatures(job, outbox, { users: entityOf(COUNTS, true) });
    while (!(await isRead(bus, 'temper.features.users', 'shop.events'))) await sleep(500);
    await running.stop();
  });
  await outbox.stop();
  const ours = events / cpu_s;
  const rows: WindowFigures[] = [];
  for (const [windows, query] of [
    ['tumbling', 'a minute, tumbling'],
    ['hopping', 'five minutes, hopping by one'],
  ] as const) {
    const theirs = await peer.count(windows, events);
    const kafka_streams = theirs.events / theirs.cpu_s;
    rows.push({
      query,
      ours: Math.round(ours),
      kafka_streams: Math.round(kafka_streams),
      ratio: Math.round((ours / kafka_streams) * 1_000) / 1_000,
    });
  }
  return rows;
}
