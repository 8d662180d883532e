import type { Provider } from '../../graph/runtime.ts';
import type { Dataset } from '../../ranker/dataset.ts';
import type { RankerBatch, RankerModel } from '../../ranker/model.ts';

/** What a model costs where it serves. */
export interface Serving {
  provider: Provider;
  /** Of one request with this many candidates. */
  candidates: number;
  p50_ms: number;
  p99_ms: number;
  bytes: number;
}

const CANDIDATES = 500;
const ROUNDS = 5;
const RUNS = 60;
const WARM_UP = 5;

/**
 * How long an opened ranker takes for one request. What else the machine does meets some rounds more than others, so the
 * least p99 of the rounds counts: it is the model's own.
 *
 * @param part rows to score; where there are fewer than a request has, they come again
 */
export async function servingOf(ranker: RankerModel, part: Dataset, bytes: number): Promise<Serving> {
  const batch = requestFrom(part);
  for (let run = 0; run < WARM_UP; run++) await ranker.score(batch);
  const rounds: { p50: number; p99: number }[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const times: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      const start = performance.now();
      await ranker.score(batch);
      times.push(performance.now() - start);
    }
    times.sort((a, b) => a - b);
    rounds.push({ p50: times[RUNS >> 1]!, p99: times[Math.ceil(0.99 * RUNS) - 1]! });
  }
  const least = (of: 'p50' | 'p99') => Math.min(...rounds.map(round => round[of]));
  return { provider: ranker.provider, candidates: CANDIDATES, p50_ms: least('p50'), p99_ms: least('p99'), bytes };
}

/** One list of as many candidates as a request has, with the history of the first list. */
function requestFrom(part: Dataset): RankerBatch {
  const { features, item, featureNames, rows } = part;
  const width = featureNames.length;
  const from = Int32Array.from({ length: CANDIDATES }, (_, row) => row % rows);
  const taken = new Float32Array(CANDIDATES * width);
  for (const [row, source] of from.entries()) {
    taken.set(features.subarray(source * width, (source + 1) * width), row * width);
  }
  return {
    ...part,
    rows: CANDIDATES,
    features: taken,
    item: from.map(source => item[source]!),
    list: new Int32Array(CANDIDATES).fill(part.list[0]!),
  };
}
