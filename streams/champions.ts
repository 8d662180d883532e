import { TemperError } from '../schemas/errors.ts';
import { Promotion } from '../schemas/models.ts';
import { parseRecord } from '../schemas/parse.ts';
import type { Surface } from '../schemas/ranking.ts';
import { JOBS } from './graph.ts';
import type { Bus, StreamRecord } from './kafka/bus.ts';

/** The topic `models` as the worker sees it: who is champion of each surface. */
export async function openChampions(bus: Bus): Promise<{
  of(surface: Surface): Promise<Promotion | undefined>;
  promote(promotion: Promotion): Promise<void>;
  stop(): Promise<void>;
}> {
  const champions = new Map<Surface, Promotion>();
  const outbox = await bus.outbox({ allowed: JOBS.worker.writes });
  const seen = new Map<Surface, () => void>();
  const following = await bus.follow({
    topics: ['models'],
    maxWait_ms: 50,
    apply: (_topic, _partition, record) => {
      const promotion = promotionIn(record);
      if (!promotion) return;
      champions.set(promotion.surface, promotion);
      seen.get(promotion.surface)?.();
    },
  });
  return {
    of: async surface => champions.get(surface),
    /** Resolves when the promotion has come back through the topic: from then on `of` answers with it. */
    async promote(promotion) {
      const back = new Promise<void>((resolve, reject) => {
        const wanted = () => champions.get(promotion.surface)?.model === promotion.model && resolve();
        seen.set(promotion.surface, wanted);
        setTimeout(
          () => reject(new TemperError('TIMED_OUT', { where: 'models', expected: promotion.model })),
          10_000,
        ).unref();
      });
      await outbox.publish('models', { key: promotion.surface, value: JSON.stringify(promotion) });
      await back;
    },
    async stop() {
      await following.stop();
      await outbox.stop();
    },
  };
}

/** The promotion in a record of `models`, or nothing: what is no promotion must not stop whoever follows the topic. */
export function promotionIn({ value, timestamp_ms }: StreamRecord): Promotion | undefined {
  const parsed = parseRecord(Promotion, value, timestamp_ms);
  return parsed.ok ? parsed.value : undefined;
}
