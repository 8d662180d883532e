import type { Provider } from '../../graph/runtime.ts';
import type { Dataset } from '../../ranker/dataset/dataset.ts';
import { HISTORY, type RankerBatch, type RankerModel } from '../../ranker/model.ts';

/** What a model costs where it serves. */
export interface Serving {
  provider: Provider;
  /** Of one request with this many candidates. */
  candidates: number;
  p50_ms: number;
  p99_ms: number;
  bytes: number;
}

/** Milliseconds since some moment: those that passed, and those that this process has computed. */
export interface Clock {
  passed_ms(): number;
  computed_ms(): number;
}

const CLOCK: Clock = {
  passed_ms: () => performance.now(),
  computed_ms: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
};
const CANDIDATES = 500;
const REQUESTS = 60;
const REPEATS = 5;
const WARM_UP = 5;

/**
 * How long an opened ranker takes for one request, while nobody else wants the processor. On a processor a run counts
 * with the time that it computes, where that is less than what passed, for waiting for one is the machine's affair; and
 * since whoever shares its caches makes it compute for longer, each request is scored several times, in rounds that lie
 * apart, and counts with its least (Chen and Revels, "Robust benchmarking in noisy environments", 2016). What is left
 * to differ between requests is the model's own.
 *
 * @param part rows to score; where there are fewer than a request has, they come again
 */
export async function servingOf(
  ranker: RankerModel,
  part: Dataset,
  bytes: number,
  { requests = REQUESTS, repeats = REPEATS, clock = CLOCK } = {},
): Promise<Serving> {
  const first = (request: number) => Math.floor((request * part.rows) / requests);
  let runs = 0;
  for (; runs < WARM_UP; runs++) await ranker.score(requestFrom(part, 0, runs));
  const least = new Float64Array(requests).fill(Number.POSITIVE_INFINITY);
  for (let round = 0; round < repeats; round++) {
    for (let request = 0; request < requests; request++) {
      const batch = requestFrom(part, first(request), runs++);
      const [passed, computed] = [clock.passed_ms(), clock.computed_ms()];
      await ranker.score(batch);
      const passed_ms = clock.passed_ms() - passed;
      const took_ms = ranker.provider === 'cpu' ? Math.min(passed_ms, clock.computed_ms() - computed) : passed_ms;
      least[request] = Math.min(least[request]!, took_ms);
    }
  }
  least.sort();
  const at = (share: number) => least[Math.ceil(share * requests) - 1]!;
  return { provider: ranker.provider, candidates: CANDIDATES, p50_ms: at(0.5), p99_ms: at(0.99), bytes };
}

/**
 * One list of as many candidates as a request has, from this row on, with the history of that row's list, before which
 * each run puts another item: a ranker may answer from memory who asks again for what he asked for just before.
 */
function requestFrom(part: Dataset, first: number, run: number): RankerBatch {
  const { features, item, items, featureNames, rows } = part;
  const width = featureNames.length;
  const from = Int32Array.from({ length: CANDIDATES }, (_, row) => (first + row) % rows);
  const taken = new Float32Array(CANDIDATES * width);
  const own = part.list[first]! * HISTORY;
  for (const [row, source] of from.entries()) {
    taken.set(features.subarray(source * width, (source + 1) * width), row * width);
  }
  return {
    ...part,
    rows: CANDIDATES,
    features: taken,
    item: from.map(source => item[source]!),
    list: new Int32Array(CANDIDATES),
    history: withNewest(part.history.subarray(own, own + HISTORY), run % items.length),
  };
}

function withNewest(history: Int32Array, item: number): Int32Array {
  return Int32Array.of(item, ...history.filter(other => other !== item), -1).subarray(0, HISTORY);
}
