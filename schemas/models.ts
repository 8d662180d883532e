import { z } from 'zod';
import { at_ms, id } from './events.ts';
import { Surface } from './ranking.ts';
import { Modality } from './vectors.ts';

export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected a sha256 in hex');

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

export const Verdict = z.object({
  passed: z.boolean(),
  checks: z.array(Check),
  metrics: z.record(z.string(), z.number()),
});
export type Verdict = z.infer<typeof Verdict>;

/**
 * How a ranker is built: a perceptron on features, one that sees items and histories too, a blend of what expects a
 * user's next item, or a feature as it is.
 */
export const RankerKind = z.enum(['mlp', 'fusion', 'sequence', 'popularity']);
export type RankerKind = z.infer<typeof RankerKind>;

/** Of each modality whose vectors a ranker reads: who makes them, and how wide they are. */
export const ContentSpecs = z.partialRecord(Modality, z.object({ encoder: id, width: z.int().positive() }));
export type ContentSpecs = z.infer<typeof ContentSpecs>;

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
    /** Version of the code that trained it. */
    code: z.string(),
    /** Where ONNX Runtime trained it: what it really got, whatever was asked for. */
    provider: z.enum(['cpu', 'cuda']).nullable().default(null),
  }),
  training: z.record(z.string(), z.number()).nullable(),
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
});
export type Promotion = z.infer<typeof Promotion>;
