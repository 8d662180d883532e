import { z } from 'zod';
import { FEATURE_NAMES, FEATURES_VERSION } from '../models/features/vector.ts';
import { popularityModel, untrainedOf } from '../models/ranker/popularity.ts';
import type { Promotion } from '../schemas/models/models.ts';
import { at_ms } from '../schemas/topics/events.ts';
import { Surface } from '../schemas/topics/ranking.ts';
import type { Ports } from './ports.ts';
import { promoteRanker } from './promote-ranker.ts';
import { championOf } from './promotions/champion.ts';
import { register } from './register-ranker.ts';

export const EnsureChampion = z.object({ surface: Surface, workflow: z.string(), at_ms });
export type EnsureChampion = z.infer<typeof EnsureChampion>;

/**
 * The champion of a surface. Where there is none, popularity becomes it, or relevance on `search`: it needs no training,
 * orders lists as they were ordered before, and is what a trained model has to beat. Two processes that find none put the
 * same model in its place.
 */
export async function ensureChampion(ports: Ports, { surface, workflow, at_ms }: EnsureChampion): Promise<Promotion> {
  const champion = await championOf(ports, surface);
  if (champion) return champion;
  const { family, feature } = untrainedOf(surface);
  const model = popularityModel(FEATURE_NAMES, feature);
  const registered = await register(
    ports,
    family,
    { model },
    {
      kind: 'popularity',
      created_ms: at_ms,
      features: [...FEATURE_NAMES],
      features_version: FEATURES_VERSION,
      lineage: { snapshot: null, parent: null, seed: null, provider: null },
      training: null,
      verdict: null,
    },
  );
  const reason = `the surface had no champion; ${family} needs no training`;
  return promoteRanker(ports, { surface, ...registered, replaces: null, at_ms, reason, workflow });
}
