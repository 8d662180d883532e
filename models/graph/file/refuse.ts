import { TemperError } from '../../../schemas/errors.ts';

/** Refuses a file. What comes from it is cut, since nothing says how long it is. */
export function refuse(where: string, expected: string, got: string, next?: string): never {
  throw new TemperError('MODEL_REFUSED', { where: cut(where), expected, got: cut(got), ...(next && { next }) });
}

/** Refuses an operation that the table of models/graph/ops does not have, and says what to do instead. */
export function refuseOperation(where: string, op: string): never {
  const next = REASONS.get(op) ?? 'Export the model without it, or add a row for it to models/graph/ops';
  return refuse(where, 'an operation of the table in models/graph/ops', op, next);
}

export function cut(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 120)}... (${text.length} characters)`;
}

const CONTROL =
  'Export the model by tracing, with example inputs that take the branch that is wanted, so that none is left';
const SHAPED_BY_DATA =
  'Its output has a size that only the data decide. Export the model without it, or mask instead of selecting';
const RECURRENT = 'Write the recurrence as a Scan, or export the model with its cells unrolled';
const RESAMPLING = 'Resize inputs before they come to the model; upsampling inside it can be a ConvTranspose';
const OPTIMISED = "It comes from ONNX Runtime's transformer optimiser. Use the file as it was exported, before that";

const REASONS: ReadonlyMap<string, string> = new Map([
  ...['If', 'Loop', 'Scan', 'SequenceMap'].map(op => [op, CONTROL] as const),
  ...['NonZero', 'Unique', 'Compress', 'NonMaxSuppression'].map(op => [op, SHAPED_BY_DATA] as const),
  ...['LSTM', 'GRU', 'RNN'].map(op => [op, RECURRENT] as const),
  ...['Upsample', 'Resize', 'GridSample', 'AffineGrid', 'RoiAlign'].map(op => [op, RESAMPLING] as const),
  ...['Attention', 'MultiHeadAttention', 'EmbedLayerNormalization', 'QAttention', 'GroupQueryAttention'].map(
    op => [op, OPTIMISED] as const,
  ),
]);
