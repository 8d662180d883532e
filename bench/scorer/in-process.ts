import { tasteOf } from '../../models/features/taste.ts';
import { FEATURE_NAMES } from '../../models/features/vector.ts';
import { openSession, type Session, value } from '../../models/graph/runtime.ts';
import { batchOf } from '../../models/ranker/dataset/pairs.ts';
import { openFeatureRanker } from '../../models/ranker/feature-model.ts';
import { PORTS } from '../../models/ranker/ranker.ts';
import { createLog } from '../../schemas/log.ts';
import type { Promotion } from '../../schemas/models/models.ts';
import { DEFAULT_POLICIES } from '../../schemas/policies/policy.ts';
import { Report } from '../../streams/report.ts';
import { answer } from '../../streams/scorer/answer.ts';
import { Champion } from '../../streams/scorer/champion/champion.ts';
import { Memory } from '../../streams/scorer/memory/memory.ts';
import { featuresOf } from '../../streams/scorer/scores.ts';
import { Deltas } from '../../test/sim/deltas.ts';
import { quantiles, rounded } from './figures.ts';
import { benchRanker } from './ranker.ts';
import { type BenchShop, benchShop, CANDIDATES } from './shop.ts';

export interface InProcessFigures {
  candidates: number;
  /** From the making of features to the places of the list, over the bare run of the same model on the same features. */
  p50_ratio: number;
  p99_ratio: number;
  /** From a parsed request to its list. */
  whole: { p50_ms: number; p99_ms: number; p50_ratio: number; p99_ratio: number; cpu_p50_ratio: number };
  /** With features made: scores and order. */
  scored: { p50_ratio: number; p99_ratio: number };
  p50_ms: number;
  p99_ms: number;
  ort_p50_ms: number;
  ort_p99_ms: number;
}

const ROUNDS = 3_000;
const WARM_UP = 500;
const SETTINGS = { exploration: 0, control: 0, policies: DEFAULT_POLICIES };

/** Requests in process, beside the bare run of their model, in turns. */
export async function benchInProcess(): Promise<InProcessFigures> {
  const shop = benchShop(Date.now());
  const memory = fill(shop);
  const graph = benchRanker(1);
  const session = await openSession(graph);
  const champion = await championOf(graph);

  const spent = { whole: [], ranked: [], scored: [], bare: [] } as Record<string, number[]>;
  const cpu = { whole: [], bare: [] } as Record<string, number[]>;
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const request = shop.request(round + WARM_UP, Date.now());
    const whole = await timed(() => answer(request, memory, champion, SETTINGS, 0));
    const features = featuresFor(request, memory);
    const bare = await timed(() => run(session, features));
    if (round < 0) continue;
    const { features: made, score } = whole.result.spent_ms;
    spent.whole!.push(whole.wall_ms);
    spent.ranked!.push(made + score);
    spent.scored!.push(score);
    spent.bare!.push(bare.wall_ms);
    cpu.whole!.push(whole.cpu_ms);
    cpu.bare!.push(bare.cpu_ms);
  }
  await Promise.all([session.release(), champion.stop()]);
  const [whole, ranked, scored, bare] = [spent.whole!, spent.ranked!, spent.scored!, spent.bare!].map(quantiles);
  const over = ({ p50, p99 }: { p50: number; p99: number }) => {
    return { p50_ratio: rounded(p50 / bare!.p50), p99_ratio: rounded(p99 / bare!.p99) };
  };
  return {
    candidates: CANDIDATES,
    ...over(ranked!),
    whole: {
      p50_ms: whole!.p50,
      p99_ms: whole!.p99,
      ...over(whole!),
      cpu_p50_ratio: rounded(quantiles(cpu.whole!).p50 / quantiles(cpu.bare!).p50),
    },
    scored: over(scored!),
    p50_ms: ranked!.p50,
    p99_ms: ranked!.p99,
    ort_p50_ms: bare!.p50,
    ort_p99_ms: bare!.p99,
  };
}

/** One run of the bare session over as many rows as there are features for. */
export async function run(session: Session, features: Float32Array): Promise<Float32Array> {
  const width = FEATURE_NAMES.length;
  const results = await session.run({ [PORTS.features]: value('float32', features, [features.length / width, width]) });
  return results[PORTS.score]!.data as Float32Array;
}

function featuresFor(request: ReturnType<BenchShop['request']>, memory: Memory): Float32Array {
  const taste = tasteOf(memory.users.get(request.user)?.state, item => memory.products.get(item));
  const candidates = request.candidates!.map(item => ({ item, reason: 'requested', relevance: 0 }));
  return featuresOf(request, candidates, taste, memory);
}

async function championOf(graph: Uint8Array): Promise<Champion> {
  const ranker = await openFeatureRanker(graph, FEATURE_NAMES.length);
  const load = async () => ({
    id: 'bench',
    provider: ranker.provider,
    score: (pairs: Parameters<typeof batchOf>[0]) => ranker.score(batchOf(pairs, {})),
    release: () => ranker.release(),
  });
  const champion = new Champion(load, new Report('scorer', 'bench'), createLog('bench', 'silent'));
  await champion.take({ model: 'bench', at_ms: Date.now() } as Promotion);
  return champion;
}

/** What a scorer knows that has read the shop's topics. */
function fill({ products, events }: BenchShop): Memory {
  const memory = new Memory();
  const now_ms = Date.now();
  for (const [offset, product] of products.entries()) {
    const value = Buffer.from(JSON.stringify(product));
    memory.apply('shop.catalogue', 0, { key: product.item, value, offset, timestamp_ms: now_ms });
  }
  for (const [topic, record] of new Deltas().of(events, now_ms)) memory.apply(topic, 0, record);
  return memory;
}

async function timed<T>(work: () => Promise<T>): Promise<{ result: T; wall_ms: number; cpu_ms: number }> {
  const before = process.cpuUsage();
  const started = performance.now();
  const result = await work();
  const wall_ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  return { result, wall_ms, cpu_ms: (user + system) / 1e3 };
}
