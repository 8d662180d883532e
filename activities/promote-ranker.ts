import { z } from 'zod';
import { keysIn } from '../models/registry/keys.ts';
import { openModel } from '../models/registry/registry.ts';
import { signModel } from '../models/registry/signature.ts';
import { TemperError } from '../schemas/errors.ts';
import { id } from '../schemas/events.ts';
import { Promotion } from '../schemas/models.ts';
import { modelsIn } from './places.ts';
import type { Ports } from './ports.ts';

export const PromoteRanker = Promotion.omit({ v: true, previous: true }).extend({
  /** The champion that it was judged against. Where another one has come since, the promotion is refused. */
  replaces: id.nullable(),
  /** The workflow that asks, for the audit. */
  workflow: z.string(),
});
export type PromoteRanker = z.infer<typeof PromoteRanker>;

/**
 * Signs a registered model as the champion of its surface, makes it that, and writes it down in `promotions`.
 *
 * The record follows from the request alone, and the audit row from the record: whoever dies between the two
 * and tries again finds the champion in its place and adds the same row under the same token.
 */
export async function promoteRanker(ports: Ports, request: PromoteRanker): Promise<Promotion> {
  const { replaces, workflow, ...fields } = request;
  const promotion: Promotion = { v: 1, ...fields, previous: replaces };
  const current = await ports.champions.of(request.surface);
  if (current && isChampion(current, promotion)) {
    await writeAudit(ports, current, workflow);
    return current;
  }
  const serving = current?.model ?? null;
  if (serving !== replaces) throw refused(request, `${replaces ?? 'nobody'} as champion`, serving ?? 'nobody');
  await refuseUnjudged(ports, request);
  await signChampion(ports, promotion);
  await ports.champions.promote(promotion);
  await writeAudit(ports, promotion, workflow);
  return promotion;
}

function isChampion(current: Promotion, wanted: Promotion): boolean {
  return current.model === wanted.model && current.manifest === wanted.manifest;
}

async function refuseUnjudged({ config }: Ports, request: PromoteRanker): Promise<void> {
  const { manifest } = await openModel(modelsIn(config), request.model, request.manifest);
  if (manifest.kind !== 'popularity' && !manifest.verdict?.passed) throw refused(request, 'a passed verdict', 'none');
}

async function signChampion({ config }: Ports, { model, manifest, surface, at_ms }: Promotion): Promise<void> {
  const places = { models: modelsIn(config), keys: keysIn(config) };
  await signModel(places, { model, manifest, surface, role: 'champion' }, at_ms);
}

async function writeAudit({ store }: Ports, { v: _v, at_ms, ...record }: Promotion, workflow: string): Promise<void> {
  const token = `promotions/${record.surface}/${record.model}/${at_ms}`;
  await store.insert('promotions', [{ ...record, workflow, at: at_ms }], token);
}

function refused({ surface, model }: PromoteRanker, expected: string, got: string): TemperError {
  const where = `the promotion of ${model} on ${surface}`;
  return new TemperError('MODEL_REFUSED', { where, expected, got, next: 'Retrain against what serves now' });
}
