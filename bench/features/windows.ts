import type { Embedded } from '../embedded.ts';
import { inTurns, ratiosOf, spreadOf } from '../rounds.ts';
import { forgetFeatures } from './anew.ts';
import { fillEvents } from './fill.ts';
import { buildKafkaStreams } from './kafka-streams.ts';
import { cpuOfProcess } from './measured.ts';

export interface WindowFigures {
  query: string;
  /** Events a CPU-second: medians of the rounds. */
  ours: number;
  kafka_streams: number;
  /** Of a round's two: the median, the least and the greatest. */
  ratio: number;
  ratio_low: number;
  ratio_high: number;
  /** Each round's. */
  rounds: { ours: number; kafka_streams: number }[];
}

const USERS = 100_000;
const ITEMS = 20_000;
const QUERIES = { tumbling: 'a minute, tumbling', hopping: 'five minutes, hopping by one' } as const;
type Windows = keyof typeof QUERIES;

/** Events a CPU-second by what is measured, round by round: the feature job, whose tiles answer both, and Kafka Streams. */
export type Rates = Readonly<Record<'ours' | Windows, readonly number[]>>;

/**
 * Events of each user counted in windows, in memory and with a changelog, by the feature job and by Kafka Streams: the
 * same events of one partition of the same broker, in turns, each time in a process of its own with one thread of work.
 */
export async function benchWindows(embedded: Embedded, events: number, rounds: number): Promise<WindowFigures[]> {
  const { bus, config } = embedded;
  await fillEvents(bus, { events, users: USERS, items: ITEMS });
  const peer = await buildKafkaStreams(config.cacheDir, config.kafka!.join(','));
  const rates = await inTurns(['ours', 'tumbling', 'hopping'], rounds, async side => {
    if (side !== 'ours') {
      const theirs = await peer.count(side, events);
      return theirs.events / theirs.cpu_s;
    }
    await forgetFeatures(embedded);
    const [cpu_s] = await cpuOfProcess(config, ['counts']);
    return events / cpu_s;
  });
  return windowFigures(rates);
}

export function windowFigures(rates: Rates): WindowFigures[] {
  return (Object.keys(QUERIES) as Windows[]).map(windows => {
    const [ours, theirs] = [rates.ours, rates[windows]];
    const ratio = spreadOf(ratiosOf(ours, theirs), 3);
    return {
      query: QUERIES[windows],
      ours: spreadOf(ours).median,
      kafka_streams: spreadOf(theirs).median,
      ratio: ratio.median,
      ratio_low: ratio.low,
      ratio_high: ratio.high,
      rounds: ours.map((each, n) => ({ ours: Math.round(each), kafka_streams: Math.round(theirs[n]!) })),
    };
  });
}
