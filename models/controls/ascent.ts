/** Settings by their names, and for those that are to be chosen what there is to choose from. */
export type Choices<S> = { readonly [name in keyof S]?: readonly S[name][] };

/**
 * Changes one setting at a time to the best of its choices, until a round over all of them changes nothing: coordinate
 * ascent, which ends in settings that no single change makes better.
 *
 * @param goodness of each of some settings, or of the first of them where no more are to be tried; the greater the
 *   better, and the earlier of equal ones stays
 */
export async function ascend<S extends object>(
  start: S,
  choices: Choices<S>,
  goodness: (settings: readonly S[]) => Promise<readonly number[]>,
): Promise<S> {
  let [best, top] = [start, Number.NEGATIVE_INFINITY];
  for (let before: S | undefined; before !== best; ) {
    before = best;
    for (const name of Object.keys(choices) as (keyof S)[]) {
      const others = choices[name]!.filter(choice => choice !== best[name]).map(choice => ({
        ...best,
        [name]: choice,
      }));
      const candidates = top === Number.NEGATIVE_INFINITY ? [best, ...others] : others;
      for (const [place, value] of (await goodness(candidates)).entries()) {
        if (value > top) [best, top] = [candidates[place]!, value];
      }
    }
  }
  return best;
}
