import { type Part, toDeviations, toTop } from '../controls/blend.ts';
import { contentNeighbours } from '../controls/content-neighbours.ts';
import { byRules } from '../controls/rules.ts';
import { eachHistory } from '../controls/scorer.ts';
import type { BlendSettings, BlendTables } from './tables.ts';

/** What a blend listens to beside its rankers: what is taken near to the history, what is like it, and what many take. */
export type Voice = keyof BlendSettings['weights'];
export type Voices = { together: Part; popular: Part; content?: Part };

const CONTENT = { newest: 10, decay: 0.6 };

export function voicesOf(
  tables: Pick<BlendTables, 'rules' | 'counts' | 'contents'>,
  asking: BlendSettings['rules'],
): Voices {
  const { rules, counts, contents } = tables;
  const logs = counts.map(Math.log1p);
  toDeviations(logs);
  return {
    together: { scorer: byRules(rules, asking), scaled: toTop },
    ...(contents && { content: { scorer: contentNeighbours(contents, CONTENT), scaled: toTop } }),
    popular: { scorer: eachHistory(counts.length, (_, row) => row.set(logs)), scaled: () => {} },
  };
}
