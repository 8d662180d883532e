import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { encode } from '../../models/graph/file/encode.ts';
import { openSession, value } from '../../models/graph/runtime.ts';
import { random } from '../../models/random.ts';
import { initialRanker, PORTS, servingRanker } from '../../models/ranker/ranker.ts';
import type { ShopEvent } from '../../schemas/events.ts';
import { createLog } from '../../schemas/log.ts';
import type { Promotion } from '../../schemas/models.ts';
import { DEFAULT_POLICIES } from '../../schemas/policy.ts';
import { Report } from '../../streams/report.ts';
import { answer } from '../../streams/scorer/answer.ts';
import { Champion } from '../../streams/scorer/champion.ts';
import { Memory } from '../../streams/scorer/memory.ts';
import { Deltas } from '../../test/sim/deltas.ts';
import { toProduct } from '../../test/sim/items.ts';
import { createWorld } from '../../test/sim/world.ts';

export interface ScorerFigures {
  candidates: number;
  p50_ms: number;
  p99_ms: number;
  ort_p50_ms: number;
  ort_p99_ms: number;
  p50_ratio: number;
  p99_ratio: number;
}

const CANDIDATES = 500;
const ROUNDS = 2_000;
const WARM_UP = 300;
const HIDDEN = [256, 128];

/**
 * One request in process, from candidates to the list, beside the bare run of its model, in turns. The model has the
 * hidden layers of the peer's perceptron, 256 and 128, over Temper's own features.
 */
export async function benchScorer(): Promise<ScorerFigures> {
  const now_ms = Date.now();
  const { memory, items, user } = fill(now_ms);
  const width = FEATURE_NAMES.length;
  const session = await openSession(model(width));
  const run = async (features: Float32Array, n: number) => {
    const result = await session.run({ [PORTS.features]: value('float32', features, [n, width]) });
    return result[PORTS.score]!.data as Float32Array;
  };
  const champion = new Champion(
    async () => ({
      id: 'bench',
      provider: session.provider,
      score: ({ features, items }) => run(features, items.length),
      release: () => session.release(),
    }),
    new Report('scorer', 'bench'),
    createLog('bench', 'silent'),
  );
  await champion.take({ model: 'bench', at_ms: now_ms } as Promotion);

  const whole = createHistogram();
  const bare = createHistogram();
  const { normal } = random(5);
  const features = Float32Array.from({ length: CANDIDATES * width }, normal);
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    const request = {
      v: 1 as const,
      id: `r${round}`,
      at_ms: now_ms,
      user,
      session: 's',
      surface: 'home' as const,
      count: 20,
      candidates: items,
    };
    await timed(round >= WARM_UP ? whole : undefined, () =>
      answer(request, memory, champion, { exploration: 0, control: 0, policies: DEFAULT_POLICIES }, 0),
    );
    await timed(round >= WARM_UP ? bare : undefined, () => run(features, CANDIDATES));
  }
  await session.release();
  const quantile = (h: RecordableHistogram, p: number) => Math.round(h.percentile(p) / 1e3) / 1e3;
  const [p50_ms, p99_ms, ort_p50_ms, ort_p99_ms] = [
    quantile(whole, 50),
    quantile(whole, 99),
    quantile(bare, 50),
    quantile(bare, 99),
  ];
  const ratio = (a: number, b: number) => Math.round((a / b) * 100) / 100;
  return {
    candidates: CANDIDATES,
    p50_ms,
    p99_ms,
    ort_p50_ms,
    ort_p99_ms,
    p50_ratio: ratio(p50_ms, ort_p50_ms),
    p99_ratio: ratio(p99_ms, ort_p99_ms),
  };
}

/** Nanoseconds of the work into the histogram. */
async function timed(histogram: RecordableHistogram | undefined, work: () => Promise<unknown>): Promise<void> {
  const started = process.hrtime.bigint();
  await work();
  histogram?.record(process.hrtime.bigint() - started);
}

function model(width: number): Uint8Array {
  const shape = { features: width, hidden: HIDDEN, positions: 10 };
  const standard = { mean: new Float32Array(width), scale: new Float32Array(width).fill(1) };
  return encode(servingRanker(shape, standard, initialRanker(shape, 0.1, random(1)), new Array<number>(10).fill(0.1)));
}

/** A catalogue of 500 items that all have been seen, and a user with a history. */
function fill(now_ms: number): { memory: Memory; items: string[]; user: string } {
  const world = createWorld({ seed: 1, items: CANDIDATES });
  const memory = new Memory();
  const types = ['impression', 'click', 'view', 'cart', 'purchase', 'dismiss'] as const;
  const event = (id: string, type: string, item: string, at_ms: number, user: string) =>
    ({ v: 1, id, type, at_ms, user, session: 's', item, list: 'l', position: 0 }) as ShopEvent;
  const events: ShopEvent[] = [];
  for (const { item } of world.items)
    for (const type of types) events.push(event(`${item}/${type}`, type, item, now_ms - 500, `of ${item}`));
  for (const [n, { item }] of world.items.slice(0, 60).entries()) {
    events.push(event(`e${n}`, types[n % 2]!, item, now_ms - n * 1_000, 'u'));
  }
  for (const [topic, record] of new Deltas().of(events, now_ms)) memory.apply(topic, 0, record);
  for (const item of world.items) {
    const value = Buffer.from(JSON.stringify(toProduct(item, now_ms - 1_000)));
    memory.apply('shop.catalogue', 0, { key: item.item, value, offset: 0, timestamp_ms: now_ms });
  }
  return { memory, items: world.items.map(item => item.item), user: 'u' };
}
