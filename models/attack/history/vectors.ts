import type { Scorer } from '../../controls/scorer.ts';
import type { NextItems } from '../../evaluate/ranks.ts';
import * as f from '../../graph/functions.ts';
import { graphOf } from '../../graph/graph.ts';
import { openSession, value } from '../../graph/runtime.ts';
import { input } from '../../graph/tensor.ts';
import { crossEntropy } from '../../graph/training/losses.ts';
import { vectorUnit } from '../../harden/sequence-loss.ts';
import { historyFeeds, historyInputs, type RankerModel, rankerVector, scoresAfter } from '../../sequence/ranker.ts';
import { type IteratedAttack, pgd } from '../attacks.ts';
import { knowingTargets, targetFeed } from './moments.ts';
import type { Victim } from './victim.ts';

/**
 * A sequence ranker whose vectors of what each user took are changed so that what he takes next is found the least:
 * FGSM or PGD on embeddings (Miyato, Dai and Goodfellow, ICLR 2017; He et al., "Adversarial personalized ranking for
 * recommendation", SIGIR 2018). The items that are ranked keep their vectors.
 *
 * @param attack its budget in root mean squares of each vector, see `vectorUnit`; of the norm l2, over all that a user
 *   took together
 * @returns a scorer of the histories of these moments
 */
export async function underVectorAttack(
  { model, parameters, table }: Victim,
  moments: NextItems,
  attack: Omit<IteratedAttack, 'unit' | 'start'>,
): Promise<Scorer & { release(): Promise<void> }> {
  const session = await openSession(attackedScores(model, attack));
  const feeds = {
    parameters: value('float32', parameters, [parameters.length]),
    table: value('float32', table, [model.items, model.shape.width]),
  };
  const scorer = knowingTargets(model.items, moments, async ({ histories, targets }, into) => {
    const taken = historyFeeds(histories, model.shape.length);
    const scores = value('float32', into, [histories.length, model.items]);
    await session.run({ ...feeds, ...taken, target: targetFeed(targets) }, { scores });
  });
  return { ...scorer, release: () => session.release() };
}

function attackedScores(model: RankerModel, attack: Omit<IteratedAttack, 'unit' | 'start'>) {
  const vector = rankerVector(model);
  const parameters = input('parameters', 'float32', [vector.size]);
  const table = input('table', 'float32', [model.items, model.shape.width]);
  const [sequence, places] = historyInputs();
  const learned = vector.slices(parameters);
  const taken = f.gather(table, sequence);
  const loss = f.sum(
    crossEntropy(scoresAfter({ taken, places, table }, model, learned), input('target', 'int64', ['B'])),
  );
  const [moved] = pgd(loss, [taken], { ...attack, unit: vectorUnit(taken, model.shape.width) }).adversarial;
  return graphOf({ scores: scoresAfter({ taken: moved!, places, table }, model, learned) });
}
