import type { DecisionRequest, ModelsPage } from '../../api.ts';

/** Something that may be decided now, and the model that it is about. */
export type Offer = Pick<DecisionRequest, 'verb' | 'model'>;

/** What a page of models lets an operator decide; nothing about a model whose name is not known yet. */
export function offersOf({ awaits, trial, champion }: Pick<ModelsPage, 'awaits' | 'trial' | 'champion'>): Offer[] {
  const about = (model: string | null | undefined, ...verbs: Offer['verb'][]): Offer[] =>
    model ? verbs.map(verb => ({ verb, model })) : [];
  return [
    ...about(awaits?.model, 'approve', 'reject'),
    ...about(trial?.model, trial?.paused ? 'resume' : 'pause'),
    ...about(trial ? trial.model : champion, 'rollback'),
  ];
}
