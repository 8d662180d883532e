import { z } from 'zod';
import { keysIn } from '../models/registry/keys.ts';
import { signModel } from '../models/registry/signature.ts';
import { TemperError } from '../schemas/errors.ts';
import { id } from '../schemas/events.ts';
import { Promotion } from '../schemas/models.ts';
import { modelsIn } from './places.ts';
import type { Ports } from './ports.ts';
import { writeAudit } from './promotions/audit.ts';
import { refuseUnjudged } from './promotions/unjudged.ts';

export const PromoteRanker = Promotion.omit({ v: true, previous: true }).extend({
  /** The champion that it was judged against. Where another one has come since, the promotion is refused. */
  replaces: id.nullable(),
  /** The workflow that asks, for the audit. */
  workflow: z.string(),
  /** A rollback puts a former champion in its place again. */
  kind: z.enum(['promotion', 'rollback']).default('promotion'),
  /** The trial that it passed; empty where there was none. */
  experiment: z.string().default(''),
  requested_by: z.string().default(''),
});
export type PromoteRanker = z.input<typeof PromoteRanker>;

/**
 * Signs a registered model as the champion of its surface, makes it that, and writes it down in `promotions`.
 *
 * The record follows from the request alone, and the audit row from the record: whoever dies between the two
 * and tries again finds the champion in its place and adds the same row under the same token.
 */
export async function promoteRanker(ports: Ports, request: PromoteRanker): Promise<Promotion> {
  const { replaces, workflow, kind = 'promotion', experiment = '', requested_by = '', ...fields } = request;
  const audit = (promotion: Promotion) => {
    const token = `promotions/${promotion.surface}/${promotion.model}/${promotion.at_ms}`;
    return writeAudit(ports, { ...promotion, kind, workflow, experiment, stage: '', requested_by }, token);
  };
  const promotion: Promotion = { v: 1, ...fields, previous: replaces };
  const current = await ports.champions.of(request.surface);
  if (current && isChampion(current, promotion)) {
    await audit(current);
    return current;
  }
  await requireServing(ports, request);
  await refuseUnjudged(ports, request, `the promotion of ${request.model} on ${request.surface}`);
  await signChampion(ports, promotion);
  await requireServing(ports, request); // to look at a model takes seconds, in which another one may come
  await ports.champions.promote(promotion);
  await audit(promotion);
  return promotion;
}

async function requireServing({ champions }: Ports, request: PromoteRanker): Promise<void> {
  const serving = (await champions.of(request.surface))?.model ?? null;
  if (serving === request.replaces) return;
  throw refused(request, `${request.replaces ?? 'nobody'} as champion`, serving ?? 'nobody');
}

function isChampion(current: Promotion, wanted: Promotion): boolean {
  return current.model === wanted.model && current.manifest === wanted.manifest;
}

async function signChampion({ config }: Ports, { model, manifest, surface, at_ms }: Promotion): Promise<void> {
  const places = { models: modelsIn(config), keys: keysIn(config) };
  await signModel(places, { model, manifest, surface, role: 'champion' }, at_ms);
}

function refused({ surface, model }: PromoteRanker, expected: string, got: string): TemperError {
  const where = `the promotion of ${model} on ${surface}`;
  return new TemperError('MODEL_REFUSED', { where, expected, got, next: 'Retrain against what serves now' });
}
