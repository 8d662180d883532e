import { SCORER } from '../../../../bench/scorer/backlog.ts';
import { openExchange } from '../../../../bench/scorer/exchange.ts';
import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import { fillShop } from '../../../../bench/scorer/room.ts';
import { benchShop } from '../../../../bench/scorer/shop.ts';
import { GROWTH_MB, MODELS, measureSwaps, tellsRatio } from '../../../../bench/scorer/swaps.ts';
import type { Promotion } from '../../../../schemas/models/models.ts';
import { memory_mb, only, round, until } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { astray, isLate, openServingRoom, type ServingRoom } from './room.ts';

const SWAPS = { whole: 200, brief: 20 };
/** As `npm run bench:swap`: more than twice what requests wait, where nothing else runs. */
const EVERY_MS = 1_000;
const LOAD = 0.8;
const WARM = { rate: 50, seconds: 20 };
const WITHIN_MS = 600_000;

/**
 * What waits during swaps by those between them is told, and judged by `npm run bench:swap`: beside other work it says
 * more of that. A request that waited for long goes without the champion by right, and is told, too.
 */
export const SWAPS_UNDER_LOAD: Fault = {
  number: 22,
  name: 'swap under load',
  inject: '200 champions, one after the other, at 80 % of what the scorer answers, which is measured first',
  expect: 'no failed request, flat memory',
  jobs: ['features', 'sinks', 'scorer'],
  environment: { TEMPER_EXPLORATION: '0', TEMPER_CONTROL: '0' },
  tellsMemory: true,
  traffic: { requests_per_s: 4, events_per_s: 50 },
  async run(room) {
    const serving = await openServingRoom(room);
    try {
      const swaps = room.brief ? SWAPS.brief : SWAPS.whole;
      const bench = await readied(room, serving);
      const { board } = serving;
      const since = { at_ms: Date.now(), swaps: board.count('scorer', 'swaps') };
      const figures = await measureSwaps(bench, { swaps, every_ms: EVERY_MS, load: LOAD });
      const broken: string[] = [];
      const done = () => board.count('scorer', 'swaps') - since.swaps;
      if (!(await until(() => done() >= MODELS + swaps, { within_ms: WITHIN_MS, signal: room.signal }))) {
        broken.push(`${done()} of ${MODELS + swaps} swaps came`);
      }
      const growth_mb = figures.rss_slope_mb_per_swap;
      if (!room.brief && growth_mb > GROWTH_MB) broken.push(`memory grew by ${growth_mb} MB for each swap`);
      await room.settle();
      const lists = (await serving.lists(isBench)).filter(({ at_ms }) => at_ms > since.at_ms);
      const unanswered = await unansweredIn(room, serving);
      if (unanswered > 0) broken.push(`${unanswered} requests got no list`);
      const failed = astray(lists).length + board.count('scorer', 'failed_scores');
      if (failed > 0) broken.push(`${failed} lists without the champion`);
      const late = lists.filter(isLate).length;
      if (lists.length === late) broken.push('no list was in time');
      const { requests_per_second, p50_between_ms, p99_between_ms, p99_during_ms, p99_ratio, rss_mb } = figures;
      const measured = {
        ...{ swaps: done() - MODELS, requests_per_second, lists: lists.length, failed: failed + unanswered, late },
        ...{ p50_between_ms, p99_between_ms, p99_during_ms },
        p99_ratio: tellsRatio(figures, { every_ms: EVERY_MS }) ? p99_ratio : 'not told: waits were too long',
        ...{ rss_first_mb: rss_mb.first, rss_last_mb: rss_mb.last, rss_slope_mb_per_swap: round(growth_mb, 3) },
      };
      return { broken, measured };
    } finally {
      await serving.close();
    }
  },
};

/** A scorer that knows the shop of the benchmark, and whose code is compiled. */
async function readied(room: Room, { plant, promote, board }: ServingRoom) {
  const { stack, signal } = room;
  const { bus } = stack;
  const shop = benchShop(Date.now());
  const outbox = await bus.outbox();
  await fillShop(shop, outbox);
  await outbox.stop();
  const models: Promotion[] = [];
  for (let n = 0; n < MODELS; n++) models.push(await plant(`swap-${n}`, benchRanker(n)));
  await promote(models.at(-1)!);
  const serves = () => board.note('scorer', 'champion') === models.at(-1)!.model;
  const knows = () => (board.gauge('scorer', 'products') ?? 0) >= shop.products.length;
  await until(() => serves() && knows(), { within_ms: WITHIN_MS, signal });
  const exchange = await openExchange(bus, SCORER, shop);
  await exchange.ask(WARM);
  await exchange.stop();
  const scorer = only(room, 'scorer');
  const resident_mb = async () => {
    await scorer.held_mb(); // behind a collection
    return memory_mb(scorer.pid);
  };
  return { bus, shop, models, promote, board, resident_mb };
}

/** Users of the benchmark's shop. */
const isBench = (user: string) => /^u\d+$/.test(user);

/** Of all requests that are on the topic, however late their lists came. */
async function unansweredIn({ stack }: Room, { lists }: ServingRoom): Promise<number> {
  const asked = new Set<string>();
  await stack.bus.follow({
    topics: [SCORER.requests],
    once: true,
    apply: (_topic, _partition, { key, value }) => {
      if (isBench(key ?? '')) asked.add(JSON.parse(value!.toString('utf8')).id);
    },
  });
  for (const { id } of await lists(isBench)) asked.delete(id);
  return asked.size;
}
