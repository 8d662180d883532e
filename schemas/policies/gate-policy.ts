import { z } from 'zod';

/** `refuse`: who fails is not promoted; `report`: the checks are made and told, and do not count; `off`: they are not made. */
export const GateMode = z.enum(['refuse', 'report', 'off']);
export type GateMode = z.infer<typeof GateMode>;

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);
const margin = z.number().nonnegative();
const positive = z.number().positive();
const factor = z.number().min(1);

function gate<Shape extends z.ZodRawShape>(shape: Shape, mode: GateMode = 'refuse') {
  return z.strictObject({ mode: GateMode.default(mode), ...shape });
}

/** What a candidate has to show before it may serve, gate by gate. Every field has a default. */
export const GatePolicy = z.strictObject({
  /** The examples, before anything is trained on them. */
  snapshot: gate({
    lists: count.default(200),
    clicks: count.default(20),
    /** Features that have one value for all rows. */
    constant: count.default(80),
    /** Of the rows, the share that may be clicked: where all is clicked, nothing is preferred. */
    click_rate: share.default(0.5),
    /** How many times the click rate of the champion's examples, or what part of it: bots, or clicks that are lost. */
    click_rate_change: factor.default(5),
    /** Of the rows, the share whose carts and purchases somebody has waited for. */
    known: share.default(0),
    /** Of the newest example; null: of any age, as recordings are. */
    age_days: positive.nullable().default(null),
    /** By one feature alone: what knows clicks as well as that has seen them. */
    leak_auc: share.default(0.97),
  }).prefault({}),
  skew: gate(
    {
      /** Of the feature that differs the most from the examples of the champion. */
      psi: positive.default(0.25),
    },
    'report', // a shop that has changed is a reason to train
  ).prefault({}),
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
    /**
     * The same where the part is cut by what was clicked. Whoever serves draws clicks to what he puts first, and was right
     * about them: a better ranker loses some of these wherever the old one had its favourites.
     */
    clicked_ndcg_margin: margin.default(0.15),
    /** Parts with fewer lists are told, and not judged. */
    lists: count.default(100),
  }).prefault({}),
  calibration: gate({
    /** The greatest expected calibration error of the probabilities. */
    ece: share.default(0.1),
    /**
     * How many times more clicks may come than were predicted, or fewer, in all, unless that may be chance: rates of a few
     * hundredths are never a tenth apart.
     */
    ratio: factor.default(1.25),
    /** The same of each part of the predictions, from the greatest down to the least, that has enough clicks. */
    bin_ratio: factor.default(2),
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

/** Gates of examples, and those of candidates. */
export type SnapshotGateName = 'snapshot' | 'skew';
export type GateName = Exclude<keyof GatePolicy, SnapshotGateName>;

export const DEFAULT_GATES: GatePolicy = GatePolicy.parse({});
