import { z } from 'zod';
import { keysIn } from '../models/registry/keys.ts';
import { signModel } from '../models/registry/signature.ts';
import { signRecord } from '../models/registry/signed-record.ts';
import { modelsIn } from '../models/registry/store/place.ts';
import { accede, made } from '../models/registry/succession.ts';
import { TemperError } from '../schemas/errors.ts';
import { type Accession, Promotion } from '../schemas/models/models.ts';
import { id } from '../schemas/topics/events.ts';
import type { Ports } from './ports.ts';
import { championOf, tell } from './promotions/champion.ts';
import { refuseUnjudged } from './promotions/unjudged.ts';

export const PromoteRanker = Promotion.omit({ v: true, previous: true, number: true, signature: true }).extend({
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
 * It is champion from when the registry's next number is its own, which one alone can get. The record on the topic and the
 * row follow from that number's file: whoever dies in between is followed by one who finds the file and adds what lacks,
 * be it the next attempt or the next promotion.
 */
export async function promoteRanker(ports: Ports, request: PromoteRanker): Promise<Promotion> {
  const { replaces, workflow, kind = 'promotion', experiment = '', requested_by = '', ...fields } = request;
  const models = modelsIn(ports.config);
  const current = await championOf(ports, request.surface);
  if (current && isChampion(current, request)) return current;
  if ((current?.model ?? null) !== replaces) {
    const own = await made(models, request.surface, { ...fields, workflow });
    if (own) return own.promotion; // it was, and somebody has come since
    throw refused(request, `${replaces ?? 'nobody'} as champion`, current?.model ?? 'nobody');
  }
  await refuseUnjudged(ports, request, `the promotion of ${request.model} on ${request.surface}`);
  const { model, manifest, surface, at_ms } = request;
  const keys = keysIn(ports.config);
  await signModel({ models, keys }, { model, manifest, surface, role: 'champion' }, at_ms);
  const promotion = { v: 1, ...fields, previous: replaces, number: 1 + (current?.number ?? 0) } as const;
  const accession: Accession = {
    promotion: await signRecord(keys, promotion),
    ...{ kind, workflow, experiment, requested_by },
  };
  if (!(await accede(models, accession))) {
    const rival = await championOf(ports, surface);
    if (rival && isChampion(rival, request)) return rival; // two processes that start side by side
    throw refused(request, `${replaces ?? 'nobody'} as champion`, rival?.model ?? 'nobody');
  }
  await tell(ports, accession);
  return accession.promotion;
}

function isChampion(current: Promotion, { model, manifest }: PromoteRanker): boolean {
  return current.model === model && current.manifest === manifest;
}

function refused({ surface, model }: PromoteRanker, expected: string, got: string): TemperError {
  const where = `the promotion of ${model} on ${surface}`;
  return new TemperError('MODEL_REFUSED', { where, expected, got, next: 'Retrain against what serves now' });
}
