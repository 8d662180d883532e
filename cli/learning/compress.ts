import path from 'node:path';
import { computedInFloat16, storedInFloat16 } from '../../models/compress/float16.ts';
import { latency } from '../../models/compress/latency.ts';
import { parity } from '../../models/compress/parity.ts';
import { probesOf } from '../../models/compress/probes.ts';
import { prune } from '../../models/compress/prune.ts';
import { quantise } from '../../models/compress/quantise.ts';
import { type Compressed, isWeight, nameOf } from '../../models/compress/report.ts';
import { decode } from '../../models/graph/file/decode.ts';
import { encode } from '../../models/graph/file/encode.ts';
import type { Graph } from '../../models/graph/tensor.ts';
import { requireWritable, writeWhole } from '../../models/whole-file.ts';
import { TemperError } from '../../schemas/errors.ts';
import { LIMITS } from '../../schemas/limits.ts';
import { readBounded } from '../../schemas/settings/bounded-file.ts';
import { printResult, progress, table } from '../output.ts';

export interface CompressOptions {
  to: 'int8' | 'float16' | 'float16-compute' | 'pruned';
  share: number;
  scope: 'global' | 'layer';
  pattern?: readonly string[];
  rows: number;
  seed: number;
  out?: string;
  json?: boolean;
}

/** Writes a smaller form of an ONNX file beside it, and says how far its answers to made-up inputs are off. */
export async function compressFile(file: string, options: CompressOptions): Promise<void> {
  const { to, rows, seed, json } = options;
  const out = options.out ?? file.replace(/(\.onnx)?$/, `.${to}.onnx`);
  if (path.resolve(out) === path.resolve(file)) {
    throw new TemperError('INPUT_INVALID', { where: '--out', expected: 'another file', got: out });
  }
  const before = decode(read(file), file);
  await requireWritable(out);
  const { graph, report } = compress(before, options);
  if (options.pattern && report.tensors.length === 0) {
    throw new TemperError('INPUT_INVALID', {
      where: '--pattern',
      expected: 'an expression that finds weights',
      got: options.pattern.join(' '),
      next: `Names in the file: ${namesOf(before)}`,
    });
  }
  progress(`compressed; comparing both on ${rows} made-up rows`);
  const probes = probesOf(before, rows, seed);
  const result = {
    from: file,
    to,
    out,
    bytes: report.bytes,
    weights: report.weights,
    tensors: report.tensors.length,
    parity: await parity(before, graph, probes),
    latency: await latency(before, graph, probes),
  };
  await writeWhole(out, [encode(graph)]);
  printResult(result, json, () =>
    [
      out,
      table([
        ['', 'BEFORE', 'AFTER'],
        ['bytes', String(report.bytes.before), String(report.bytes.after)],
        [`ms, ${rows} rows`, result.latency.before_ms.toFixed(2), result.latency.after_ms.toFixed(2)],
      ]),
      `${report.weights.touched} of ${report.weights.all} weights in ${report.tensors.length} tensors`,
      table([
        ['OUTPUT', 'MAX DIFFERENCE', 'COSINE', 'RANK CORRELATION'],
        ...Object.entries(result.parity).map(([name, each]) => [
          name,
          each.max_abs_difference.toPrecision(3),
          each.cosine.toFixed(5),
          each.rank_correlation?.toFixed(5) ?? '',
        ]),
      ]),
    ].join('\n'),
  );
}

function compress(graph: Graph, { to, share, scope, pattern }: CompressOptions): Compressed {
  const meant = pattern ? { patterns: pattern.map(patternOf) } : {};
  switch (to) {
    case 'int8':
      return quantise(graph, meant);
    case 'float16':
      return storedInFloat16(graph, meant);
    case 'float16-compute':
      return computedInFloat16(graph);
    case 'pruned':
      return prune(graph, { share, scope, ...meant });
  }
}

const NAMES_TOLD = 5;

/** Some of what a pattern could have found. */
function namesOf({ tensors }: Graph): string {
  const names = tensors.filter(isWeight).map(nameOf).filter(Boolean);
  return names.slice(0, NAMES_TOLD).join(', ') + (names.length > NAMES_TOLD ? ', ...' : '');
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: '--pattern', expected: 'a regular expression', got: text, cause });
  }
}

function read(file: string): Uint8Array {
  try {
    return readBounded(file, LIMITS.model_bytes);
  } catch (cause) {
    throw new TemperError('INPUT_INVALID', { where: file, expected: 'an ONNX file', cause });
  }
}
