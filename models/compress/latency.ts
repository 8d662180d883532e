import { openSession, type SessionOptions, type Value } from '../graph/runtime.ts';
import type { Graph } from '../graph/tensor.ts';

export interface Latency {
  /** Medians of a run each. */
  readonly before_ms: number;
  readonly after_ms: number;
}

/** How long two models take for the same inputs; they run by turns, so that what else the machine does meets both. */
export async function latency(
  before: Graph,
  after: Graph,
  feeds: Readonly<Record<string, Value>>,
  { runs = 31, ...options }: SessionOptions & { runs?: number } = {},
): Promise<Latency> {
  const sessions = await Promise.all([before, after].map(graph => openSession(graph, options)));
  const times: number[][] = sessions.map(() => []);
  for (let run = 0; run <= runs; run++) {
    for (const [place, session] of sessions.entries()) {
      const start = performance.now();
      await session.run(feeds);
      // The first run is to warm up.
      if (run > 0) times[place]!.push(performance.now() - start);
    }
  }
  await Promise.all(sessions.map(session => session.release()));
  const [before_ms, after_ms] = times.map(each => each.sort((a, b) => a - b)[runs >> 1]!) as [number, number];
  return { before_ms, after_ms };
}
