import { setTimeout as sleep } from 'node:timers/promises';
import { TemperError } from '../schemas/errors.ts';
import type { Promotion } from '../schemas/models.ts';
import type { Surface } from '../schemas/ranking.ts';
import { admit } from './admit.ts';
import { JOBS } from './graph.ts';
import type { Bus, StreamRecord } from './kafka/bus.ts';
import { deferred } from './kafka/slots.ts';

const BACK_MS = 10_000;

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
      const { surface, model } = promotion;
      const { promise: back, resolve } = deferred<'back'>();
      seen.set(surface, () => champions.get(surface)?.model === model && resolve('back'));
      await outbox.publish('models', { key: surface, value: JSON.stringify(promotion) });
      const late = sleep(BACK_MS, undefined, { ref: false });
      if ((await Promise.race([back, late])) !== 'back') {
        throw new TemperError('TIMED_OUT', { where: 'models', expected: `${model} to come back within ${BACK_MS} ms` });
      }
    },
    async stop() {
      await following.stop();
      await outbox.stop();
    },
  };
}

/** The promotion in a record of `models`, or nothing: what is no promotion must not stop whoever follows the topic. */
export function promotionIn(record: StreamRecord): Promotion | undefined {
  const parsed = admit('models', record);
  return parsed.ok ? parsed.value : undefined;
}
