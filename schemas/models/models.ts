import { z } from 'zod';
import { Signature } from '../signature.ts';
import { at_ms, id } from '../topics/events.ts';
import { Surface } from '../topics/ranking.ts';
import { Modality } from '../topics/vectors.ts';
import { sha256 } from './signatures.ts';

export { sha256 };

/** One question that a gate asked, with the number that answered it. */
export const Check = z.object({
  name: z.string(),
  passed: z.boolean(),
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  threshold: z.number().nullable(),
  reason: z.string(),
  /** Which gate asked, and whether its answer counts; absent in verdicts from before gates had policies. */
  gate: z.string().optional(),
  mode: z.enum(['refuse', 'report']).optional(),
});
export type Check = z.infer<typeof Check>;

/** What a verdict is about. */
export const Judged = z.object({
  /** What was asked of: a trained candidate, or the examples before anything is trained on them. */
  kind: z.enum(['candidate', 'snapshot']),
  /** The id that the candidate has once it is registered, or the beginning of the snapshot's hash. */
  id,
  /** sha256 of its file. */
  sha256,
  surface: Surface,
  /** The model that served, where there was one, and the examples on which both were judged. */
  champion: id.nullable(),
  snapshot: sha256,
  seed: z.int().nullable(),
  /** The workflow and its run; empty where no workflow asked. */
  run: z.string(),
  at_ms,
});
export type Judged = z.infer<typeof Judged>;

/** A policy as it was, whose gates and limits may be others than today's: nothing is added to it, or its signature would not hold. */
export const PastPolicy = z.record(z.string(), z.record(z.string(), z.union([z.string(), z.number(), z.null()])));
export type PastPolicy = z.infer<typeof PastPolicy>;

/** The answer of all gates. The last four are absent where nobody has sealed it; `signature` is over all the rest. */
export const Verdict = z.object({
  passed: z.boolean(),
  checks: z.array(Check),
  metrics: z.record(z.string(), z.number()),
  judged: Judged.optional(),
  /** sha256 of the policy by which it was judged. */
  policy: sha256.optional(),
  /** That policy itself: modes, and limits that no check shows. Absent in verdicts of before it was kept. */
  gates: PastPolicy.optional(),
  signature: Signature.optional(),
});
export type Verdict = z.infer<typeof Verdict>;

/** A verdict that says what it is about and by which policy, and that nobody can change without being noticed. */
export const SealedVerdict = Verdict.required({ judged: true, policy: true, signature: true });
export type SealedVerdict = z.infer<typeof SealedVerdict>;

/**
 * How a ranker is built: a perceptron on features, one that sees items and histories too, a blend of what expects a
 * user's next item, or a feature as it is.
 */
export const RankerKind = z.enum(['mlp', 'fusion', 'sequence', 'popularity']);
export type RankerKind = z.infer<typeof RankerKind>;

/** Of each modality whose vectors a ranker reads: who makes them, and how wide they are. */
export const ContentSpecs = z.partialRecord(Modality, z.object({ encoder: id, width: z.int().positive() }));
export type ContentSpecs = z.infer<typeof ContentSpecs>;

/** What of the configuration decides which bits a training gives, beside data and seed. */
export const TrainSettings = z.object({
  threads: z.int().positive(),
  compress: z.enum(['int8', 'float16']).optional(),
  harden: z.boolean().optional(),
  /** How its examples were hidden: deviation of the noise in lengths of a clipped gradient, and that length. */
  privacy: z.object({ noise: z.number().positive(), clip: z.number().positive() }).optional(),
});
export type TrainSettings = z.infer<typeof TrainSettings>;

/** Differential privacy of one example, by an accountant of Rényi divergences. */
export const Told = z.object({ epsilon: z.number().nonnegative(), delta: z.number().gt(0).lt(1) });
export type Told = z.infer<typeof Told>;

/**
 * What a training began with: the parameters of a registered model, the sha256 of whose graph is kept, with the snapshots
 * that had taught it, the oldest first; or first ones of its own, and why.
 */
export const Start = z.union([
  z.object({ model: id, sha256, snapshots: z.array(sha256) }),
  z.object({ cold: z.string() }),
]);
export type Start = z.infer<typeof Start>;

/** What the registry knows of a model; stands beside its files. */
export const Manifest = z.object({
  v: z.literal(1),
  id,
  kind: RankerKind,
  created_ms: at_ms,
  /** sha256 of every file of the model. */
  files: z.record(z.string(), sha256),
  /** The columns of the input, in order. */
  features: z.array(z.string()).min(1),
  features_version: z.string(),
  /** Absent where it reads no vectors of items. */
  contents: ContentSpecs.optional(),
  lineage: z.object({
    snapshot: sha256.nullable(),
    parent: id.nullable(),
    seed: z.int().nullable(),
    /** The code that trained it, as `codeVersion` says it; its version alone in manifests of before. */
    code: z.string(),
    /** Where ONNX Runtime trained it: what it really got, whatever was asked for. */
    provider: z.enum(['cpu', 'cuda']).nullable().default(null),
    /** Absent in manifests of before it was told, and where nothing was trained. */
    settings: TrainSettings.optional(),
    /** What the model tells of any one of its examples, where these were hidden: (epsilon, delta) of all steps. */
    told: Told.optional(),
    /** Absent in manifests of before it was told, and where nothing was trained. */
    start: Start.optional(),
    /** The time of the newest list that taught its parameters. */
    learned_until_ms: at_ms.optional(),
  }),
  training: z.record(z.string(), z.number()).nullable(),
  /** What it scored when it was registered, of what it is asked before it serves. Absent in manifests of before. */
  golden: z.array(z.number()).optional(),
  verdict: Verdict.nullable(),
});
export type Manifest = z.infer<typeof Manifest>;

/** Of the compacted topic `models`, keyed by surface: who is champion, since when, and why. */
export const Promotion = z.object({
  v: z.literal(1),
  surface: Surface,
  model: id,
  /** sha256 of the model's manifest, so that what is loaded is what was judged. */
  manifest: sha256,
  previous: id.nullable(),
  at_ms,
  reason: z.string(),
  /** The person who let it serve; absent where nobody was asked, and in records of before. */
  approved_by: z.string().optional(),
  /** Its place among the surface's champions, from 1: of two records the greater one counts. Absent in those of before. */
  number: z.int().positive().optional(),
  /** Over all the rest; a record without one is refused. */
  signature: Signature.optional(),
});
export type Promotion = z.infer<typeof Promotion>;

/** What the registry keeps of a promotion: a file for each number of a surface, created once. */
export const Accession = z.object({
  promotion: Promotion.required({ number: true, signature: true }),
  /** `adopted`: it served before champions had numbers, and has its row. */
  kind: z.enum(['promotion', 'rollback', 'adopted']),
  workflow: z.string(),
  experiment: z.string(),
  requested_by: z.string(),
});
export type Accession = z.infer<typeof Accession>;
