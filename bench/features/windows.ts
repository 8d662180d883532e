import type { Embedded } from '../embedded.ts';
import { fillEvents } from './fill.ts';
import { buildKafkaStreams } from './kafka-streams.ts';
import { cpuOfProcess } from './measured.ts';

export interface WindowFigures {
  query: string;
  /** Events a CPU-second. */
  ours: number;
  kafka_streams: number;
  ratio: number;
}

const USERS = 100_000;
const ITEMS = 20_000;

/**
 * Events of each user counted in windows, in memory and with a changelog, by the feature job and by Kafka Streams: the
 * same events of one partition of the same broker, one after the other, each in a process with one thread of work.
 */
export async function benchWindows({ bus, config }: Embedded, events: number): Promise<WindowFigures[]> {
  await fillEvents(bus, { events, users: USERS, items: ITEMS });
  const peer = await buildKafkaStreams(config.cacheDir, config.kafka!.join(','));
  const [cpu_s] = await cpuOfProcess(config, ['counts']);
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
