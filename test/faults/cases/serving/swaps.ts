import { setTimeout as sleep } from 'node:timers/promises';
import { slope } from '../../../../bench/scorer/figures.ts';
import { benchRanker } from '../../../../bench/scorer/ranker.ts';
import type { Promotion } from '../../../../schemas/models/models.ts';
import { memory_mb, only, round, until } from '../../moves.ts';
import type { Fault, Room } from '../../suite.ts';
import { percentile } from '../../traffic.ts';
import { astray, isLate, openServingRoom, type ServingRoom } from './room.ts';

const SWAPS = { whole: 200, brief: 20 };
const MODELS = 8;
const EVERY_MS = 250;
/** After so many swaps memory is looked at, behind a collection: V8 leaves garbage of 64 MB lying. */
const LOOK_EVERY = 10;
const WITHIN_MS = 600_000;
/** A session and its bytes are some 0.3 MB: a swap that kept them would show. */
const GROWTH_MB = 0.1;

export const SWAPS_UNDER_LOAD: Fault = {
  number: 22,
  name: 'swap under load',
  inject: '200 champions, one after the other, while lists are made',
  expect: 'no failed request, flat memory',
  jobs: ['features', 'sinks', 'scorer'],
  tellsMemory: true,
  traffic: { requests_per_s: 50, events_per_s: 50 },
  async run(room) {
    const serving = await openServingRoom(room);
    const { board } = serving;
    const { traffic, signal, brief } = room;
    try {
      const models: Promotion[] = [];
      for (let n = 0; n < MODELS; n++) models.push(await serving.plant(`swap-${n}`, benchRanker(n)));
      const swaps = brief ? SWAPS.brief : SWAPS.whole;
      await swapAll(room, serving, models, MODELS); // once round: what is allocated once must not look like a leak
      const [since_ms, begun] = [Date.now(), board.count('scorer', 'swaps')];
      const points = await swapAll(room, serving, models, swaps);
      const done = () => board.count('scorer', 'swaps') - begun;
      const broken: string[] = [];
      if (!(await until(() => done() >= swaps, { within_ms: WITHIN_MS, signal }))) {
        broken.push(`${done()} of ${swaps} swaps came`);
      }
      const waits_ms = traffic.waits_ms(since_ms);
      const growth_mb = slope(points);
      if (!brief && growth_mb > GROWTH_MB) broken.push(`memory grew by ${round(growth_mb, 3)} MB for each swap`);
      await room.settle();
      const lists = (await serving.lists()).filter(({ at_ms }) => at_ms > since_ms);
      const failed = astray(lists).length + board.count('scorer', 'failed_scores');
      if (failed > 0) broken.push(`${failed} lists without the champion`);
      const late = lists.filter(isLate).length;
      if (lists.length === late) broken.push('no list was in time');
      const measured = {
        swaps: done(),
        lists: lists.length,
        failed,
        late,
        p50_ms: round(percentile(waits_ms, 0.5)),
        p99_ms: round(percentile(waits_ms, 0.99)),
        rss_slope_mb_per_swap: round(growth_mb, 3),
      };
      return { broken, measured };
    } finally {
      await serving.close();
    }
  },
};

/** @returns what the scorer's process held after some of the promotions, without garbage */
async function swapAll(room: Room, { promote }: ServingRoom, models: readonly Promotion[], swaps: number) {
  const scorer = only(room, 'scorer');
  const points: [swap: number, rss_mb: number][] = [];
  for (let n = 0; n < swaps; n++) {
    await promote(models[n % models.length]!);
    await sleep(EVERY_MS, undefined, { signal: room.signal });
    if ((n + 1) % LOOK_EVERY > 0) continue;
    await scorer.held_mb();
    points.push([n, memory_mb(scorer.pid)]);
  }
  return points;
}
