import { z } from 'zod';
import { LANGUAGES } from '../../models/explain/language/languages.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { id } from '../../schemas/topics/events.ts';
import { Surface } from '../../schemas/topics/ranking.ts';
import { Outcome } from '../../schemas/topics/support.ts';
import type {
  AdsPage,
  AnswersPage,
  ClickRate,
  DecisionRequest,
  GraphShape,
  HealthPage,
  LettersPage,
  ListExplanation,
  ModelsPage,
  Now,
  Second,
  ShownList,
  TrainingRun,
} from '../api.ts';
import type { Session } from './tokens.ts';

/** What the console's server tells, by whatever means: its routes know no service. */
export interface Pages {
  graph: GraphShape;
  /** Calls back each second until it is stopped; `past` is what came before. */
  watch(see: (now: Now) => void): { past: readonly Second[]; stop(): void };
  clickRates(asked: Hours): Promise<ClickRate[]>;
  lists(asked: ListsQuery): Promise<ShownList[]>;
  /** @throws NOT_FOUND, or DATA_INSUFFICIENT where its model can't be explained */
  reasons(list: ListId): Promise<ListExplanation>;
  models(surface: Surface): Promise<ModelsPage>;
  training(): Promise<TrainingRun[]>;
  health(asked: Hours): Promise<HealthPage>;
  letters(asked: LettersQuery): Promise<LettersPage>;
  ads(): Promise<AdsPage>;
  answers(asked: AnswersQuery): Promise<AnswersPage>;
  /** A WebP file. @throws NOT_FOUND */
  picture(item: string): Promise<Uint8Array<ArrayBuffer>>;
  /** Done when whoever decides has taken note. @returns what came of it, in words */
  decide(asked: DecisionRequest, session: Session): Promise<string>;
}

const hours = z.coerce.number().positive().max(LIMITS.console_hours);
/** A field of a form that was left empty says nothing. */
const optional = <T extends z.ZodType>(type: T) =>
  z.preprocess(text => (text === '' ? undefined : text), type.optional());

export const Hours = z.object({ hours: hours.default(1) });
export type Hours = z.infer<typeof Hours>;

export const ListsQuery = z.object({
  surface: Surface.default('home'),
  user: optional(id),
  arm: optional(id),
  hours: hours.default(1),
  count: z.coerce.number().int().min(1).max(50).default(12),
});
export type ListsQuery = z.infer<typeof ListsQuery>;

/** A list is found by its id, quickly where its surface and time are said too. */
export const ListId = z.object({
  list: id,
  surface: Surface,
  at_ms: z.coerce.number().int().positive(),
  /** In which its reasons are told; the list's own, where it is left out. */
  language: optional(z.enum(LANGUAGES)),
});
export type ListId = z.infer<typeof ListId>;

export const SurfaceQuery = z.object({ surface: Surface.default('home') });

export const LettersQuery = z.object({
  topic: optional(id),
  reason: optional(id),
  before_ms: z.coerce.number().int().positive().optional(),
});
export type LettersQuery = z.infer<typeof LettersQuery>;

export const AnswersQuery = z.object({
  outcome: optional(Outcome),
  intent: optional(id),
  user: optional(id),
  before_ms: z.coerce.number().int().positive().optional(),
  hours: hours.default(24),
});
export type AnswersQuery = z.infer<typeof AnswersQuery>;

const said = z.string().trim().min(1).max(LIMITS.reason_chars);

export const Decision = z.strictObject({
  surface: Surface,
  verb: z.enum(['approve', 'reject', 'pause', 'resume', 'rollback']),
  model: id,
  by: said,
  reason: said,
  to: id.optional(),
}) satisfies z.ZodType<DecisionRequest>;

export const SignIn = z.strictObject({ token: z.string().min(1).max(200) });
