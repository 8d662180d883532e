import { setTimeout as sleep } from 'node:timers/promises';
import { random } from '../models/random.ts';
import { startFeatures } from '../streams/features/job.ts';
import { startScorer } from '../streams/scorer/job.ts';
import type { Embedded } from './embedded.ts';

export interface FreshnessFigures {
  events_per_second: number;
  p50_ms: number;
  p99_ms: number;
}

const EVENTS_PER_SECOND = 500;
const SECONDS = 20;

/** From the broker's time of an event until the scorer holds the features that contain it, under a steady load. */
export async function benchFreshness({ bus, context }: Embedded): Promise<FreshnessFigures> {
  const features = await startFeatures(context('features'));
  const job = context('scorer');
  const scorer = await startScorer(job);
  const outbox = await bus.outbox();
  const { below } = random(2);
  await sleep(2_000);
  const started_ms = Date.now();
  const sends: Promise<void>[] = [];
  for (let n = 0; n < EVENTS_PER_SECOND * SECONDS; n++) {
    const user = `f${below(2_000)}`;
    const event = {
      v: 1,
      id: `f${started_ms}-${n}`,
      type: 'click',
      at_ms: Date.now(),
      user,
      session: 's',
      item: `i${below(5_000)}`,
    };
    sends.push(outbox.publish('shop.events', { key: user, value: JSON.stringify(event) }));
    const ahead_ms = (n * 1_000) / EVENTS_PER_SECOND - (Date.now() - started_ms);
    if (ahead_ms > 5) await sleep(ahead_ms);
  }
  await Promise.all(sends);
  await sleep(1_000);
  const timing = job.report.snapshot(0).timings.click_to_feature;
  await outbox.stop();
  await scorer.stop();
  await features.stop();
  return { events_per_second: EVENTS_PER_SECOND, p50_ms: timing?.p50 ?? Number.NaN, p99_ms: timing?.p99 ?? Number.NaN };
}
