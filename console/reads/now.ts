import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../schemas/log.ts';
import { type Board, followBoard } from '../../streams/board.ts';
import { TOPICS } from '../../streams/graph.ts';
import type { Bus } from '../../streams/kafka/bus.ts';
import type { Now, Second } from '../api.ts';
import type { Pages } from '../server/pages.ts';
import { Rates, TopicRates } from './rates.ts';

const EVERY_MS = 1_000;
/** Ends of logs are asked of the broker while somebody watches, and so often. */
const TOPICS_EVERY_MS = 2_000;
const KEPT_SECONDS = 300;

/** The jobs of the graph as they report, once a second, and how much comes to each topic. */
export async function openNow(bus: Bus, log: Log): Promise<{ watch: Pages['watch']; stop(): Promise<void> }> {
  const following = await followBoard(bus);
  const [rates, topicRates] = [new Rates(), new TopicRates()];
  const watchers = new Set<(now: Now) => void>();
  const past: Second[] = [];
  let topics: Now['topics'] = {};
  const stopping = new AbortController();

  const tick = () => {
    const now = snapshot(following.board, rates, topics);
    past.push(secondOf(now));
    if (past.length > KEPT_SECONDS) past.shift();
    for (const see of watchers) see(now);
  };
  const timer = setInterval(tick, EVERY_MS);
  const lookingAtTopics = (async () => {
    while (!stopping.signal.aborted) {
      if (watchers.size > 0) {
        try {
          const ends = await endsOf(bus);
          topics = topicRates.look(Date.now(), ends);
        } catch (error) {
          topics = {};
          log.debug({ code: 'ENDS_UNKNOWN', err: error }, 'the broker does not say where its logs end');
        }
      }
      await sleep(TOPICS_EVERY_MS, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();

  return {
    watch(see) {
      watchers.add(see);
      return { past, stop: () => watchers.delete(see) };
    },
    async stop() {
      clearInterval(timer);
      stopping.abort();
      await lookingAtTopics;
      await following.stop();
    },
  };
}

function snapshot(board: Board, rates: Rates, topics: Now['topics']): Now {
  const at_ms = Date.now();
  return { at_ms, champion: board.note('scorer', 'champion') ?? null, jobs: rates.jobs(board.reports(at_ms)), topics };
}

function secondOf({ at_ms, jobs }: Now): Second {
  const of = (name: string) => jobs.find(({ job }) => job === name);
  const lag = jobs.flatMap(job => Object.values(job.lag)).reduce((sum, records) => sum + records, 0);
  const [lists, events] = [of('scorer')?.per_second ?? null, of('features')?.per_second ?? null];
  return { at_ms, lists, events, p99_ms: of('scorer')?.p99_ms ?? null, lag };
}

async function endsOf(bus: Bus): Promise<Map<string, number>> {
  const ends = Object.keys(TOPICS).map(async (topic): Promise<[string, number]> => {
    const bounds = await bus.bounds(topic);
    return [topic, [...bounds.values()].reduce((sum, { high }) => sum + high, 0)];
  });
  return new Map(await Promise.all(ends));
}
