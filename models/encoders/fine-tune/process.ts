import { copyFile, mkdir } from 'node:fs/promises';
import path from 'node:path';
import { answerParent } from '../../child/answer.ts';
import { encode } from '../../graph/file/encode.ts';
import type { FitProgress } from '../../graph/training/fit.ts';
import { sha256Of } from '../../registry/hash.ts';
import { requireWritable, writeWhole } from '../../whole-file.ts';
import { readEncoder } from '../encoder.ts';
import type { FineTunedFile, FineTuneRequest } from './child.ts';
import { fineTune } from './fine-tune.ts';
import { readPairs } from './pairs.ts';

// The entry of a fine-tuning process; see child.ts, which starts it.

answerParent<FineTuneRequest, FitProgress, FineTunedFile>(
  async ({ encoder: place, pairs: file, out, directory, ...options }, hooks) => {
    const pairs = await readPairs(file);
    const encoder = await readEncoder(place);
    await requireWritable(out);
    if (directory !== undefined) await mkdir(directory, { recursive: true });
    const { graph, provider, report } = await fineTune(encoder, pairs, options, {
      ...hooks,
      ...(directory !== undefined && { checkpointDir: directory }),
    });
    const bytes = encode(graph);
    await writeWhole(out, [bytes]);
    const beside = path.join(path.dirname(out), path.basename(encoder.tokenizerFile));
    if (path.resolve(beside) !== path.resolve(encoder.tokenizerFile)) await copyFile(encoder.tokenizerFile, beside);
    return { path: out, bytes: bytes.length, sha256: sha256Of(bytes), provider, ...report };
  },
);
