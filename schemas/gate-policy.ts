import { z } from 'zod';

/** `refuse`: who fails is not promoted; `report`: the checks are made and told, and do not count; `off`: they are not made. */
export const GateMode = z.enum(['refuse', 'report', 'off']);
export type GateMode = z.infer<typeof GateMode>;

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);
const margin = z.number().nonnegative();
const positive = z.number().positive();

function gate<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject({ mode: GateMode.default('refuse'), ...shape });
}

/** What a candidate has to show before it may serve, gate by gate. Every field has a default. */
export const GatePolicy = z.strictObject({
  /** How much has to be there to judge by. */
  data: gate({
    /** Lists with a click that both rankers could order. */
    lists: count.default(50),
    /** Clicks in them. */
    clicks: count.default(50),
  }).prefault({}),
  finite: gate({}).prefault({}),
  quality: gate({
    /** How far NDCG may lie below the champion's; the low end of the interval has to be above that. */
    ndcg_margin: margin.default(0.02),
    /** The same of AUC, which decides where lists have one item. */
    auc_margin: margin.default(0.01),
    /** `better`: the low end has to be above 0 and not above minus the margin. */
    than_champion: z.enum(['not_worse', 'better']).default('not_worse'),
  }).prefault({}),
  slices: gate({
    /** How far NDCG may lie below the champion's in a part of the lists, if it does so beyond chance. */
    ndcg_margin: margin.default(0.02),
    /** Parts with fewer lists are told, and not judged. */
    lists: count.default(100),
  }).prefault({}),
  calibration: gate({
    /** The greatest expected calibration error of the probabilities. */
    ece: share.default(0.1),
  }).prefault({}),
  off_policy: gate({
    /** How far the clicks that it would bring may lie below the champion's, as a share of these. */
    margin: margin.default(0.05),
    /** Clicks that have to tell the two apart. */
    clicks: count.default(50),
  }).prefault({}),
  robustness: gate({
    /** Of its own NDCG, what has to be left under each attack of a fixed set. */
    kept: share.default(0.7),
    /** How far NDCG under an attack may lie below the champion's under the same, if it does so beyond chance. */
    ndcg_margin: margin.default(0.03),
  }).prefault({}),
  variety: gate({
    /** What of the champion's coverage, and of its diversity, has to be left. */
    coverage: share.default(0.7),
    diversity: share.default(0.7),
  }).prefault({}),
  consistency: gate({
    /** Of the features' values as served, the greatest share that the declared SQL makes otherwise. */
    disagreement: share.default(0.02),
    /** Values that have to be compared before anybody is refused. */
    values: count.default(1_000),
  }).prefault({}),
  parity: gate({
    /** Of a compressed model's scores with those of the model that it was made from. */
    rank_correlation: share.default(0.99),
  }).prefault({}),
  serving: gate({
    /** For 500 candidates on the provider that serves, in a process that does nothing else. */
    p99_ms: positive.default(50),
    /** All files of the model. */
    bytes: positive.default(256 * 1024 * 1024),
  }).prefault({}),
});
export type GatePolicy = z.infer<typeof GatePolicy>;

export type GateName = keyof GatePolicy;

export const DEFAULT_GATES: GatePolicy = GatePolicy.parse({});
