import type { RankersRecipe } from './rankers.ts';

/** How the rankers of a blend are trained, in the evaluation as in what serves. */
export const RECIPE: RankersRecipe = {
  shape: { width: 64, length: 50, blocks: 2, heads: 2, forward: 256 },
  dropout: 0.5,
  negatives: 1_024,
  tokens: 2_048,
  rate: 3e-3,
  epochs: 40,
  every: 10,
  rankers: { product: {}, cosine: { temperature: 1 / 14 } },
};

/** A small log has smaller batches, so that an epoch has some steps. */
const STEPS_PER_EPOCH = 20;
const LEAST_TOKENS = 128;

export function recipeFor(events: number): RankersRecipe {
  const tokens = Math.min(RECIPE.tokens, Math.max(LEAST_TOKENS, Math.ceil(events / STEPS_PER_EPOCH)));
  return { ...RECIPE, tokens, every: 5 };
}
